import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Proxies } from './proxies.ts';

/** Which web pages may call. Programs send no Origin and are not meant. */
export interface Origins {
  /** For WebSockets, to which the browser's same-origin policy does not apply: the page is ours, or is listed. */
  mayConnect(request: IncomingMessage): boolean;
  /**
   * Sets the CORS headers when the page is listed. Without them, a browser keeps the answer from the page.
   * @param credentials whether the page may let its browser send cookies
   */
  allow(request: IncomingMessage, response: ServerResponse, options?: { credentials?: boolean }): void;
}

const PREFLIGHT_SECONDS = '86400';

/** @param allowed origins such as `https://console.example` */
export function createOrigins(allowed: readonly string[], proxies: Proxies): Origins {
  const listed = new Set(allowed.map((origin) => new URL(origin).origin));
  return {
    mayConnect(request) {
      const { origin } = request.headers;
      if (origin === undefined || listed.has(origin)) return true;
      return URL.canParse(origin) && new URL(origin).host === proxies.hostOf(request);
    },
    allow(request, response, { credentials = false } = {}) {
      if (listed.size === 0) return;
      response.setHeader('vary', 'Origin');
      const { origin } = request.headers;
      if (origin === undefined || !listed.has(origin)) return;
      response.setHeader('access-control-allow-origin', origin);
      if (credentials) response.setHeader('access-control-allow-credentials', 'true');
      response.setHeader('access-control-expose-headers', 'x-request-id, www-authenticate');
      if (request.method !== 'OPTIONS') return;
      response.setHeader('access-control-allow-methods', 'GET, POST, PUT, DELETE');
      response.setHeader(
        'access-control-allow-headers',
        'authorization, content-type, last-event-id, x-graphql-event-stream-token',
      );
      response.setHeader('access-control-max-age', PREFLIGHT_SECONDS);
    },
  };
}
