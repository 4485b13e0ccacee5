/**
 * HTTP to addresses that users name. What is connected to is what was checked: the guard is in the function that
 * connects, because one in front of it is passed by other spellings of an address, by redirects, and by a name that means
 * something else the next time.
 */
import { Agent, buildConnector, request } from 'undici';
import { SshFault } from '../ssh/fault.ts';
import { resolveTarget } from '../ssh/address.ts';
import type { AddressPolicy } from '../ssh/address.ts';

const BODY_BYTES = 1024 * 1024;
const TIMEOUT_MS = 10_000;
const REDIRECTS = 5;

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD';

export interface HttpRequest {
  readonly method: HttpMethod;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For everything together, redirects included; 10 seconds when left out. */
  readonly timeoutMs?: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** UTF-8; what is none is replaced. */
  readonly body: string;
}

/** No answer, or one that may not be used. The message is for people, and holds nothing of the answer. */
export class HttpFault extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'HttpFault';
  }
}

export interface HttpClient {
  /**
   * Follows at most 5 redirects, each checked like the first address; credentials do not go along to another origin.
   * @throws {HttpFault}
   */
  send(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer>;
  close(): Promise<void>;
}

export function createHttpClient(policy: AddressPolicy): HttpClient {
  const agent = new Agent({
    connect: guardedConnector(policy),
    // Small enough that one slow service does not keep the others waiting for descriptors.
    connections: 8,
    maxHeaderSize: 64 * 1024,
    keepAliveTimeout: 4_000,
  });
  return {
    async send({ timeoutMs = TIMEOUT_MS, ...first }, signal) {
      const within = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      let next = { ...first, url: readUrl(first.url) };
      for (let redirects = 0; redirects <= REDIRECTS; redirects += 1) {
        const { answer, location } = await exchange(agent, next, within, timeoutMs);
        if (location === undefined) return answer;
        next = follow(next, location, answer.status);
      }
      throw new HttpFault(`There are more than ${REDIRECTS} redirects.`);
    },
    close: () => agent.destroy(),
  };
}

interface Hop extends Omit<HttpRequest, 'url' | 'timeoutMs'> {
  readonly url: URL;
}

function guardedConnector(policy: AddressPolicy): buildConnector.connector {
  const connect = buildConnector({ timeout: 5_000 });
  return (options, callback) => {
    const name = options.hostname.replace(/^\[|\]$/g, '');
    resolveTarget(name, policy).then(
      ([address = '']) => {
        const tls = options.protocol === 'https:' && { servername: options.servername ?? name };
        connect({ ...options, hostname: address, host: address, ...tls }, callback);
      },
      (error: unknown) => callback(error as Error, null),
    );
  };
}

function readUrl(text: string, base?: URL): URL {
  const url = URL.parse(text, base?.href);
  if (!url) throw new HttpFault('This is not the address of anything.');
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new HttpFault('Only http and https are spoken.');
  if (url.username !== '' || url.password !== '') throw new HttpFault('An address holds no password.');
  return url;
}

async function exchange(
  dispatcher: Agent,
  { method, url, headers = {}, body }: Hop,
  signal: AbortSignal,
  timeoutMs: number,
): Promise<{ answer: HttpAnswer; location?: string }> {
  try {
    const response = await request(url, {
      dispatcher,
      method,
      headers: { 'user-agent': 'opsconductor', ...headers },
      ...(body !== undefined && { body }),
      signal,
    });
    const { location } = response.headers;
    const answer = {
      status: response.statusCode,
      headers: response.headers,
      body: await readBody(response.body),
    };
    const isRedirect = [301, 302, 303, 307, 308].includes(answer.status) && typeof location === 'string';
    return { answer, ...(isRedirect && { location }) };
  } catch (error) {
    throw describeFault(error, url, signal, timeoutMs);
  }
}

async function readBody(body: AsyncIterable<Buffer> & { destroy(): void }): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    // Leaving the loop destroys the body, and with it the connection.
    if (bytes > BODY_BYTES) throw new HttpFault(`The answer has more than ${BODY_BYTES} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** RFC 9110, section 15.4: what is asked of the address that a redirect names. */
function follow({ method, url, headers = {}, body }: Hop, location: string, status: number): Hop {
  const next = readUrl(location, url);
  if (url.protocol === 'https:' && next.protocol === 'http:') throw new HttpFault('A redirect leads away from https.');
  const becomesGet = status === 303 || (status <= 302 && method === 'POST');
  const dropped = new Set([
    ...(next.origin === url.origin ? [] : ['authorization', 'cookie', 'proxy-authorization', 'x-api-key']),
    ...(becomesGet ? ['content-type', 'content-length'] : []),
  ]);
  const kept = Object.entries(headers).filter(([name]) => !dropped.has(name.toLowerCase()));
  const isHead = method === 'HEAD';
  return {
    method: becomesGet && !isHead ? 'GET' : method,
    url: next,
    headers: Object.fromEntries(kept),
    ...(!becomesGet && body !== undefined && { body }),
  };
}

function describeFault(error: unknown, { host }: URL, signal: AbortSignal, timeoutMs: number): unknown {
  if (error instanceof HttpFault) return error;
  if (error instanceof SshFault) return new HttpFault(error.message, { cause: error });
  if (signal.aborted && (signal.reason as { name?: string } | undefined)?.name !== 'TimeoutError') return error;
  if (signal.aborted) return new HttpFault(`${host} did not answer within ${timeoutMs / 1_000} s.`, { cause: error });
  return new HttpFault(`${host} could not be asked.`, { cause: error });
}
