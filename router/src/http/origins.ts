import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Proxies } from './proxies.ts';

/** Which web pages may call. Programs send no Origin and are not meant. */
export interface Origins {
  /** For WebSockets, to which the browser's same-origin policy does not apply: the page is ours, or is listed. */
  mayConnect(request: IncomingMessage): boolean;
  /**
   * False for a GET that a page of another site makes a browser send, in a tag say, where no preflight asks first (RFC
   * 9110 calls it safe; what it costs us is not). Everything else needs a preflight, by its content type or its method.
   */
  mayGet(request: IncomingMessage): boolean;
  /**
   * Sets the CORS headers when the page is listed. Without them, a browser keeps the answer from the page.
   * @param credentials whether the page may let its browser send cookies
   */
  allow(request: IncomingMessage, response: ServerResponse, options?: { credentials?: boolean }): void;
}

const PREFLIGHT_SECONDS = '86400';

const ALLOWED_HEADERS = [
  'authorization',
  'content-type',
  'last-event-id',
  'x-graphql-event-stream-token',
  'x-graphql-cost',
  'apollographql-client-name',
  'graphql-client-name',
  'traceparent',
  'tracestate',
].join(', ');

/** @param allowed origins such as `https://console.example` */
export function createOrigins(allowed: readonly string[], proxies: Proxies): Origins {
  const listed = new Set(allowed.map((origin) => new URL(origin).origin));
  function mayConnect(request: IncomingMessage): boolean {
    const { origin } = request.headers;
    if (origin === undefined || listed.has(origin)) return true;
    return URL.canParse(origin) && new URL(origin).host === proxies.hostOf(request);
  }
  return {
    mayConnect,
    mayGet(request) {
      const { origin, 'sec-fetch-site': site } = request.headers;
      const isForeign = site === 'cross-site' || site === 'same-site';
      return isForeign ? origin !== undefined && listed.has(origin) : mayConnect(request);
    },
    allow(request, response, { credentials = false } = {}) {
      if (listed.size === 0) return;
      response.setHeader('vary', 'Origin');
      const { origin } = request.headers;
      if (origin === undefined || !listed.has(origin)) return;
      response.setHeader('access-control-allow-origin', origin);
      if (credentials) response.setHeader('access-control-allow-credentials', 'true');
      response.setHeader(
        'access-control-expose-headers',
        'x-request-id, www-authenticate, ratelimit, ratelimit-policy, retry-after',
      );
      if (request.method !== 'OPTIONS') return;
      response.setHeader('access-control-allow-methods', 'GET, POST, PUT, DELETE');
      response.setHeader('access-control-allow-headers', ALLOWED_HEADERS);
      response.setHeader('access-control-max-age', PREFLIGHT_SECONDS);
    },
  };
}
