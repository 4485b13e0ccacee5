import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { World } from './world.ts';

export interface HttpStreamOptions {
  readonly path?: string;
  readonly query?: string;
  readonly variables?: Record<string, unknown>;
  readonly token?: string | undefined;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  /** What ends a piece of the stream. */
  readonly separator?: string;
}

/** A response that goes on, as `curl -N` sees it: piece by piece. */
export interface HttpStream {
  readonly response: IncomingMessage;
  /** The next piece without its separator; what is left at the end; then undefined. */
  next(): Promise<string | undefined>;
  leave(): void;
}

export async function openHttpStream(world: World, options: HttpStreamOptions): Promise<HttpStream> {
  const { path = '/graphql', query, variables, token, method = 'POST', headers = {}, separator = '\n\n' } = options;
  const search = method === 'GET' && query !== undefined ? `?query=${encodeURIComponent(query)}` : '';
  const outgoing = request(`${world.url}${path}${search}`, {
    method,
    headers: {
      accept: 'text/event-stream',
      ...(method === 'POST' && { 'content-type': 'application/json' }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...headers,
    },
  });
  outgoing.end(method === 'POST' ? JSON.stringify({ query, variables }) : undefined);
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  response.setEncoding('utf8');
  const texts = response.iterator({ destroyOnReturn: false });
  let rest = '';
  const next = async (): Promise<string | undefined> => {
    for (;;) {
      const end = rest.indexOf(separator);
      if (end >= 0) {
        const piece = rest.slice(0, end);
        rest = rest.slice(end + separator.length);
        return piece;
      }
      const more = await texts.next();
      if (more.done) {
        const last = rest || undefined;
        rest = '';
        return last;
      }
      rest += more.value as string;
    }
  };
  return { response, next, leave: () => outgoing.destroy() };
}
