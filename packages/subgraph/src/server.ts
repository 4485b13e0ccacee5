/**
 * The HTTP side of a part of the platform: JSON routes that only a signed assertion opens, and health for whoever
 * runs it. A request without an assertion for exactly this part and this body is answered 401 before anything of it
 * is parsed.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ASSERTION_HEADER, AssertionRejected } from '@opsconductor/authz';
import type { Assertion, VerifyAssertion } from '@opsconductor/authz';
import type { Log, Metrics } from '@opsconductor/telemetry';
import { BadUserInput } from './errors.ts';
import { createServerMetrics } from './metrics.ts';
import type { CallOutcome, ServerMetrics } from './metrics.ts';
import type { Subgraph } from './subgraph.ts';
import type { SubgraphRequest } from './call.ts';

const BODY_BYTES = 8 * 1024 * 1024;
const REQUEST_SECONDS = 60;
const DRAIN_SECONDS = 10;

/** A JSON operation. `answer` gets the parsed body and gives what is sent back; BadUserInput from it is a 400. */
export interface Route {
  readonly path: string;
  /** Who may call it: issuers of assertions. */
  readonly issuers: readonly string[];
  answer(body: unknown, assertion: Assertion, signal: AbortSignal, traceparent?: string): Promise<unknown>;
}

export interface SubgraphServerOptions {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly routes: readonly Route[];
  /** Documents anyone may GET, such as the JWKS: path to content. */
  readonly documents?: Readonly<Record<string, () => Promise<unknown>>>;
  readonly verifyAssertion: VerifyAssertion;
  /** Rejects when the part cannot do its work. */
  readonly checkReady: () => Promise<void>;
  /** Served at `/metrics`, with what is counted of the calls in it. This server is not for the public. */
  readonly metrics?: Metrics;
  readonly log: Log;
}

export interface SubgraphServer {
  readonly url: string;
  /** Ends gently: no new connections, what runs may finish. */
  close(): Promise<void>;
}

/** The route by which the router reaches a subgraph. */
export function graphqlRoute(subgraph: Subgraph): Route {
  return {
    path: '/graphql',
    issuers: ['router'],
    answer: (body, { viewer, requestId }, signal, traceparent) =>
      subgraph.execute(body as SubgraphRequest, { viewer, requestId, signal, traceparent }),
  };
}

/** @throws the error of `listen`, such as EADDRINUSE */
export async function serveSubgraph(options: SubgraphServerOptions): Promise<SubgraphServer> {
  const serving = { ...options, counted: options.metrics && createServerMetrics(options.metrics) };
  const server = createServer((request, response) => {
    answer(serving, request, response).catch((error: unknown) => {
      options.log.error({ err: error, path: request.url }, 'request.failed');
      if (!response.headersSent) send(response, 500, { error: 'Internal server error' });
      else response.destroy();
    });
  });
  server.requestTimeout = REQUEST_SECONDS * 1000;
  server.listen(options.port, options.host);
  await once(server, 'listening');
  const { address, port } = server.address() as AddressInfo;
  return { url: `http://${address}:${port}`, close: () => close(server) };
}

type Serving = SubgraphServerOptions & { readonly counted: ServerMetrics | undefined };

async function answer(serving: Serving, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url?.split('?')[0] ?? '/';
  if (request.method === 'GET') return answerGet(serving, path, response);
  const route = serving.routes.find((candidate) => candidate.path === path);
  if (!route || request.method !== 'POST') return send(response, 404, { error: 'Not found' });
  const finish = serving.counted?.begin(route.path);
  try {
    const outcome = await answerCall(route, serving, request, response);
    finish?.(outcome);
  } catch (error) {
    finish?.('failed');
    throw error;
  }
}

async function answerCall(
  route: Route,
  { verifyAssertion, log }: Serving,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<CallOutcome> {
  const body = await readBody(request);
  if (!body) {
    refuseBody(request, response);
    return 'refused';
  }
  let assertion: Assertion;
  try {
    assertion = verifyAssertion(request.headers[ASSERTION_HEADER] as string | undefined, body);
    if (!route.issuers.includes(assertion.issuer)) throw new AssertionRejected(`issuer ${assertion.issuer}`);
  } catch (error) {
    if (!(error instanceof AssertionRejected)) throw error;
    log.warn({ path: route.path, reason: error.message }, 'assertion.rejected');
    send(response, 401, { error: 'Unauthenticated' });
    return 'rejected';
  }
  const leave = new AbortController();
  response.on('close', () => leave.abort());
  try {
    send(response, 200, await route.answer(parseJson(body), assertion, leave.signal, traceparentOf(request)));
    return 'ok';
  } catch (error) {
    if (!(error instanceof BadUserInput)) throw error;
    send(response, 400, { error: error.message });
    return 'refused';
  }
}

async function answerGet(
  { documents, checkReady, metrics, log }: SubgraphServerOptions,
  path: string,
  response: ServerResponse,
) {
  if (path === '/live') return send(response, 200, { status: 'live' });
  if (path === '/ready') {
    try {
      await checkReady();
      return send(response, 200, { status: 'ready' });
    } catch (error) {
      log.warn({ err: error }, 'readiness.failed');
      return send(response, 503, { status: 'not ready' });
    }
  }
  if (path === '/metrics' && metrics) {
    response.writeHead(200, { 'content-type': metrics.contentType });
    return void response.end(await metrics.metrics());
  }
  const document = documents?.[path];
  if (!document) return send(response, 404, { error: 'Not found' });
  send(response, 200, await document());
}

function traceparentOf({ headers }: IncomingMessage): string | undefined {
  const { traceparent } = headers;
  return typeof traceparent === 'string' ? traceparent : undefined;
}

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > BODY_BYTES) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    throw new BadUserInput('The body is not JSON.');
  }
}

/** What is still being sent is not waited for. */
function refuseBody(request: IncomingMessage, response: ServerResponse): void {
  response.once('finish', () => request.destroy());
  response.setHeader('connection', 'close');
  send(response, 413, { error: 'Request body too large' });
}

function send(response: ServerResponse, status: number, value: unknown): void {
  const body = JSON.stringify(value);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  const late = setTimeout(() => server.closeAllConnections(), DRAIN_SECONDS * 1000);
  await closed;
  clearTimeout(late);
}
