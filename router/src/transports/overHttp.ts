import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';
import type { Dispatcher } from 'undici';
import { ASSERTION_HEADER } from '@opsconductor/authz';
import type { SignAssertion } from '@opsconductor/authz';
import { createDeadline } from '../deadline.ts';
import { SubgraphFault, SubgraphUnavailable, readSubgraphResponse } from './transport.ts';
import type { SubgraphCall, SubgraphRequest, SubgraphTransport } from './transport.ts';

export interface HttpTransportOptions {
  /** Name of the subgraph: the audience of the assertion. */
  readonly name: string;
  /** Base address: the graph is at `/graphql` under it. */
  readonly url: string;
  readonly signAssertion: SignAssertion;
  readonly connectMs?: number;
  /** Longest time of one call, repetitions included. */
  readonly requestMs?: number;
  readonly maxResponseBytes?: number;
  readonly maxConnections?: number;
  /** How often a query is repeated when the subgraph was not reached. Mutations never are. */
  readonly retries?: number;
  readonly random?: () => number;
}

const FIRST_PAUSE_MS = 50;

/** Calls a subgraph over HTTP with a signed assertion over exactly the bytes that are sent. */
export function overHttp({
  name,
  url,
  signAssertion,
  connectMs = 2_000,
  requestMs = 30_000,
  maxResponseBytes = 32 * 1024 * 1024,
  maxConnections = 64,
  retries = 2,
  random = Math.random,
}: HttpTransportOptions): SubgraphTransport {
  const { origin, pathname } = new URL(url);
  const path = `${pathname.replace(/\/$/, '')}/graphql`;
  const pool = new Pool(origin, {
    connections: maxConnections,
    connect: { timeout: connectMs },
    headersTimeout: requestMs,
    bodyTimeout: requestMs,
    maxResponseSize: maxResponseBytes,
    keepAliveTimeout: 30_000,
  });

  async function callOnce(body: Buffer, call: SubgraphCall, signal: AbortSignal) {
    const { viewer, requestId } = call;
    const headers = {
      'content-type': 'application/json',
      accept: 'application/json',
      [ASSERTION_HEADER]: signAssertion(name, body, { viewer, requestId }),
    };
    return readAnswer(await pool.request({ path, method: 'POST', headers, body, signal }));
  }

  return {
    async execute(request, call) {
      const body = Buffer.from(JSON.stringify(request));
      const attempts = isQuery(request) ? 1 + retries : 1;
      using deadline = createDeadline(requestMs, call.signal);
      const { signal } = deadline;
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await callOnce(body, call, signal);
        } catch (error) {
          const fault = asTransportError(error, signal);
          if (attempt >= attempts || signal.aborted || !isRetryable(fault)) throw fault;
          await delay(FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.5 + random()), undefined, { signal }).catch(
            () => undefined,
          );
        }
      }
    },
    close: () => pool.destroy(),
  };
}

async function readAnswer({ statusCode, body }: Dispatcher.ResponseData) {
  if (statusCode >= 502 && statusCode <= 504) {
    await body.dump();
    throw new NotReached(`status ${statusCode}`);
  }
  const text = await body.text();
  if (statusCode !== 200) throw new SubgraphFault(`status ${statusCode}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new SubgraphFault('the response is no JSON', { cause: error });
  }
  return readSubgraphResponse(value);
}

/** The subgraph did not get the request, or something before it says so: a query may be repeated. */
class NotReached extends SubgraphUnavailable {}

const codesOfNotReached = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH']);

function asTransportError(error: unknown, signal: AbortSignal): Error {
  if (error instanceof SubgraphFault || error instanceof SubgraphUnavailable) return error;
  if (signal.aborted) return new SubgraphUnavailable('the call was not answered in time', { cause: error });
  const code = String((error as NodeJS.ErrnoException).code);
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') return new SubgraphFault('the response is too large', { cause: error });
  if (codesOfNotReached.has(code) || code === 'UND_ERR_SOCKET' || code === 'UND_ERR_CONNECT_TIMEOUT')
    return new NotReached(code, { cause: error });
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT')
    return new SubgraphUnavailable(code, { cause: error });
  return new SubgraphFault('the call failed', { cause: error });
}

function isRetryable(error: Error): boolean {
  return error instanceof NotReached;
}

/** True only when the document cannot hold a mutation: the planner writes one operation, first. */
function isQuery({ query }: SubgraphRequest): boolean {
  return /^\s*(query\b|\{)/.test(query) && !/\bmutation\b/.test(query);
}
