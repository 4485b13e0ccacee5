import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { UserViewer } from '@opsconductor/authz';
import type { Connection } from '../connections.ts';
import type { EndReason, LiveAnswers } from '../live/liveAnswers.ts';
import type { OperationResult } from '../operations/operation.ts';
import type { ConnectionSettings } from '../settings.ts';
import { event, eventStream } from './eventStream.ts';
import { Outlet } from './outlet.ts';

/** What an operation on a stream tells its end: with `farewell`, that goes out before the end. */
export interface StreamedOperation {
  readonly answers: LiveAnswers;
  readonly controller: AbortController;
  readonly farewell: (reason: EndReason) => OperationResult | undefined;
}

/** A reservation that no stream is opened for is given up after this. */
const RESERVED_MS = 10_000;

/** One event stream for any number of operations (graphql-sse, "Single connection mode"). */
export class ReservedStream {
  /** Proves on every further request that it belongs to this stream. */
  readonly token = randomBytes(32).toString('base64url');
  readonly owner: UserViewer;
  readonly #connection: Connection;
  readonly #settings: ConnectionSettings;
  readonly #ended: () => void;
  readonly #operations = new Map<string, AbortController>();
  readonly #opened = Promise.withResolvers<Outlet | undefined>();
  readonly #giveUp: NodeJS.Timeout;
  #response: ServerResponse | undefined;
  #hasEnded = false;

  /** @param ended called once, when nothing can be sent any more */
  constructor(owner: UserViewer, connection: Connection, settings: ConnectionSettings, ended: () => void) {
    this.owner = owner;
    this.#connection = connection;
    this.#settings = settings;
    this.#ended = ended;
    this.#giveUp = setTimeout(() => this.end('client_disconnect'), RESERVED_MS);
  }

  get isOpen(): boolean {
    return this.#response !== undefined;
  }

  get size(): number {
    return this.#operations.size;
  }

  has(operationId: string): boolean {
    return this.#operations.has(operationId);
  }

  /** Sends everything from now on into this response, until either side ends it. */
  open(response: ServerResponse): void {
    clearTimeout(this.#giveUp);
    this.#response = response;
    response.writeHead(200, { ...eventStream.headers, 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
    response.write(eventStream.heartbeat);
    const outlet = new Outlet(response, this.#settings.slowConsumerSeconds, () => this.end('slow_consumer'));
    const heartbeat = setInterval(() => outlet.beat(eventStream.heartbeat), this.#settings.keepAliveSeconds * 1000);
    response.once('close', () => {
      clearInterval(heartbeat);
      this.end('client_disconnect');
    });
    this.#opened.resolve(outlet);
  }

  /** Runs an operation on the stream under an id that is free. Resolves at its end. */
  async run(operationId: string, { answers, controller, farewell }: StreamedOperation): Promise<void> {
    this.#operations.set(operationId, controller);
    try {
      const outlet = await this.#opened.promise;
      for (let isRunning = outlet !== undefined; isRunning;) {
        const next = await answers.next();
        isRunning = !next.done;
        const payload = next.done ? farewell(next.value) : next.value;
        // The client has said itself that it is done, or is gone.
        if (this.#operations.get(operationId) !== controller) break;
        if (payload) await outlet?.write(event('next', { id: operationId, payload }));
        if (next.done) await outlet?.write(event('complete', { id: operationId }));
      }
    } finally {
      if (this.#operations.get(operationId) === controller) this.#operations.delete(operationId);
      await answers.return('client_disconnect');
    }
  }

  /** The client has enough of one operation. */
  complete(operationId: string): void {
    const controller = this.#operations.get(operationId);
    this.#operations.delete(operationId);
    controller?.abort('completed');
  }

  /** Ends the stream and everything on it. */
  end(reason: EndReason): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    clearTimeout(this.#giveUp);
    const running = [...this.#operations.values()];
    this.#operations.clear();
    for (const controller of running) controller.abort(reason);
    this.#opened.resolve(undefined);
    if (reason === 'slow_consumer') this.#response?.destroy();
    else this.#response?.end();
    this.#connection.leave();
    this.#ended();
  }
}
