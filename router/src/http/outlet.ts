import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

/**
 * The writing side of an answer that goes on: one text after the other, each until the client has taken it. What comes
 * to its end here is waited for by whoever reads for this client, so a client that does not read is not read for.
 */
export class Outlet {
  readonly #response: ServerResponse;
  readonly #slowConsumerMs: number;
  readonly #giveUp: () => void;
  #last: Promise<void> = Promise.resolve();

  /** @param giveUp called when the client has not read for too long; the connection is cut afterwards */
  constructor(response: ServerResponse, slowConsumerSeconds: number, giveUp: () => void) {
    this.#response = response;
    this.#slowConsumerMs = slowConsumerSeconds * 1000;
    this.#giveUp = giveUp;
  }

  /** Resolves when the client has taken the text, or is gone. Never rejects. */
  async write(text: string): Promise<void> {
    this.#last = this.#last.then(() => this.#writeNow(text));
    await this.#last;
  }

  /** Says that the connection lives, unless something waits to be taken. */
  beat(text: string): void {
    if (this.#isOpen && !this.#response.writableNeedDrain) this.#response.write(text);
  }

  /** After all that was written. */
  async end(text: string): Promise<void> {
    await this.#last;
    if (this.#isOpen) this.#response.end(text);
  }

  get #isOpen(): boolean {
    return !this.#response.writableEnded && !this.#response.destroyed;
  }

  async #writeNow(text: string): Promise<void> {
    if (!this.#isOpen || this.#response.write(text)) return;
    const late = setTimeout(() => {
      this.#giveUp();
      this.#response.destroy();
    }, this.#slowConsumerMs);
    const done = new AbortController();
    const { signal } = done;
    try {
      await Promise.race([once(this.#response, 'drain', { signal }), once(this.#response, 'close', { signal })]);
    } finally {
      clearTimeout(late);
      done.abort();
    }
  }
}
