import { once } from 'node:events';
import { WebSocket } from 'ws';

export interface Arrival {
  readonly data: Readonly<Record<string, unknown>>;
  /** Milliseconds since the epoch, with fractions. */
  readonly at: number;
}

/** A client with one subscription on one WebSocket. */
export class Watcher {
  readonly #socket: WebSocket;
  readonly #arrived: Arrival[] = [];
  readonly #waiting: ((arrival: Arrival) => void)[] = [];

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (text: Buffer) => {
      const at = performance.timeOrigin + performance.now();
      const { type, payload } = JSON.parse(text.toString()) as { type: string; payload?: { data: Arrival['data'] } };
      if (type !== 'next' || !payload) return;
      const arrival = { data: payload.data, at };
      const wait = this.#waiting.shift();
      if (wait) wait(arrival);
      else this.#arrived.push(arrival);
    });
  }

  /** @returns the first answer */
  async subscribe(query: string, variables: object = {}): Promise<Arrival['data']> {
    this.#socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query, variables } }));
    return (await this.next()).data;
  }

  async next(): Promise<Arrival> {
    return this.#arrived.shift() ?? new Promise((resolve) => this.#waiting.push(resolve));
  }

  leave(): void {
    this.#socket.terminate();
  }
}

/** Connects so many at once that the backlog of the listening socket holds them. */
const AT_ONCE = 200;

export async function openWatchers(count: number, url: string, accessToken: string): Promise<Watcher[]> {
  const watchers: Watcher[] = [];
  while (watchers.length < count) {
    const batch = Array.from({ length: Math.min(AT_ONCE, count - watchers.length) }, () => open(url, accessToken));
    watchers.push(...(await Promise.all(batch)));
  }
  return watchers;
}

async function open(url: string, accessToken: string): Promise<Watcher> {
  const socket = new WebSocket(url, 'graphql-transport-ws', { perMessageDeflate: false });
  await once(socket, 'open');
  const acknowledged = once(socket, 'message');
  socket.send(JSON.stringify({ type: 'connection_init', payload: { accessToken } }));
  await acknowledged;
  return new Watcher(socket);
}
