import { randomUUID } from 'node:crypto';
import type { RequestListener, ServerResponse } from 'node:http';
import type { Log } from '@opsconductor/telemetry';
import type { Explorer } from '../explorer/explorer.ts';
import { send, sendJson } from './exchange.ts';
import type { Exchange } from './exchange.ts';
import type { GraphqlEndpoint } from './graphqlEndpoint.ts';
import type { Health } from './health.ts';
import { landingPage, landingPagePolicy } from './landingPage.ts';
import type { Origins } from './origins.ts';
import type { Proxies } from './proxies.ts';
import type { SessionEndpoint } from '../sessions/sessionEndpoint.ts';

export interface ListenerOptions {
  readonly graphql: GraphqlEndpoint;
  /** Those of other graphs, by their paths. */
  readonly contracts: ReadonlyMap<string, GraphqlEndpoint>;
  readonly health: Health;
  /** What is below `/auth/`, where the graph has sessions. */
  readonly sessions?: SessionEndpoint | undefined;
  readonly explorer: Explorer;
  /** The JWK set (RFC 7517) that access tokens can be verified with. */
  readonly publicKeys?: (() => Promise<object>) | undefined;
  readonly origins: Origins;
  readonly proxies: Proxies;
  readonly isDraining: () => boolean;
  readonly log: Log;
}

/** The public HTTP side of the router. */
export function createListener(options: ListenerOptions): RequestListener {
  const { proxies, isDraining, log } = options;
  return (request, response) => {
    const requestId = randomUUID();
    proxies.strip(request);
    const client = proxies.addressOf(request);
    setSecurityHeaders(response, requestId);
    if (isDraining()) response.setHeader('connection', 'close');
    // The host does not matter: only the path and the search parameters are read.
    const url = URL.parse(request.url ?? '/', 'http://router');
    if (!url) return send(response, 400, '');
    route({ request, response, requestId, client, url }, options).catch((error: unknown) => {
      log.error({ requestId, err: error }, 'request.failed');
      if (response.headersSent) response.destroy();
      else
        sendJson(response, 500, {
          errors: [{ message: 'Internal server error', extensions: { code: 'INTERNAL_SERVER_ERROR', requestId } }],
        });
    });
  };
}

async function route(
  exchange: Exchange,
  { graphql, contracts, health, sessions, explorer, publicKeys, origins }: ListenerOptions,
): Promise<void> {
  const { request, response, url } = exchange;
  const endpoint = url.pathname === '/graphql' ? graphql : contracts.get(url.pathname);
  if (endpoint) {
    origins.allow(request, response);
    if (request.method === 'OPTIONS') return send(response, 204, '', { allow: 'GET, POST, PUT, DELETE, OPTIONS' });
    if (request.method === 'GET' && !origins.mayGet(request)) return send(response, 403, '');
    return endpoint(exchange);
  }
  if (sessions && url.pathname.startsWith('/auth/')) return sessions(exchange);
  if (request.method !== 'GET' && request.method !== 'HEAD') return send(response, 404, '');
  if (url.pathname === '/explorer' || url.pathname.startsWith('/explorer/')) return explorer.answer(exchange);
  switch (url.pathname) {
    case '/':
      return send(response, 200, landingPage, {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': landingPagePolicy,
      });
    case '/live':
      return sendJson(response, 200, { status: 'live' });
    case '/ready': {
      const isReady = await health.isReady();
      return sendJson(response, isReady ? 200 : 503, { status: isReady ? 'ready' : 'not ready' });
    }
    case '/.well-known/jwks.json':
      if (!publicKeys) return send(response, 404, '');
      return sendJson(response, 200, await publicKeys(), { headers: { 'cache-control': 'public, max-age=60' } });
    default:
      return send(response, 404, '');
  }
}

function setSecurityHeaders(response: ServerResponse, requestId: string): void {
  response.setHeader('x-request-id', requestId);
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('referrer-policy', 'no-referrer');
  response.setHeader('cache-control', 'no-store');
  response.setHeader('content-security-policy', "default-src 'none'; frame-ancestors 'none'");
  response.setHeader('cross-origin-resource-policy', 'same-origin');
}
