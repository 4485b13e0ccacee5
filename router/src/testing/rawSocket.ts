import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { ClientOptions } from 'ws';

/** A WebSocket client that does exactly what the test says. */
export interface RawSocket {
  readonly socket: WebSocket;
  send(message: object | string): void;
  /** The next message, in order of arrival. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a test looks into it as it likes
  next(): Promise<any>;
  readonly closed: Promise<{ code: number; reason: string }>;
}

export async function openRawSocket(
  url: string,
  { protocol = 'graphql-transport-ws', ...options }: ClientOptions & { protocol?: string } = {},
): Promise<RawSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, protocol, options);
  const arrived: unknown[] = [];
  const waiting: ((message: unknown) => void)[] = [];
  socket.on('message', (data) => {
    const message: unknown = JSON.parse((data as Buffer).toString());
    const wait = waiting.shift();
    if (wait) wait(message);
    else arrived.push(message);
  });
  const closed = once(socket, 'close').then(([code, reason]) => ({ code: code as number, reason: String(reason) }));
  closed.catch(() => undefined);
  await once(socket, 'open');
  return {
    socket,
    send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    next: async () => (arrived.length > 0 ? arrived.shift() : new Promise((resolve) => waiting.push(resolve))),
    closed,
  };
}

/** A socket whose client has been acknowledged. */
export async function openInitialised(url: string, accessToken: string): Promise<RawSocket> {
  const client = await openRawSocket(url);
  client.send({ type: 'connection_init', payload: { accessToken } });
  const acknowledgement = (await client.next()) as { type: string };
  if (acknowledgement.type !== 'connection_ack') throw new Error(`Got ${acknowledgement.type}.`);
  return client;
}
