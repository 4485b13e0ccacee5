import { takeBytes } from './utf8.ts';

export type OutputStream = 'STDOUT' | 'STDERR';

/** A piece of output: printable UTF-8 (see `terminal.ts`), secrets masked, at most {@link CHUNK_BYTES} long. */
export interface OutputChunk {
  readonly stream: OutputStream;
  readonly text: string;
}

export const CHUNK_BYTES = 16_384;
/** How long text waits for more to come. */
export const CHUNK_MS = 100;

/**
 * Gathers text into chunks, so that nobody has to store or send a line at a time. A chunk is due when it is full, or when
 * its first text is {@link CHUNK_MS} old. The order of the two streams is kept to that resolution.
 */
export class Coalescer {
  readonly #pending = new Map<OutputStream, Pending>();

  /** @param now milliseconds, as in the other methods */
  add(stream: OutputStream, text: string, now: number): void {
    if (!text) return;
    const pending = this.#pending.get(stream);
    if (!pending) this.#pending.set(stream, { text, since: now });
    else pending.text += text;
  }

  /** A chunk that is due, or undefined. */
  take(now: number): OutputChunk | undefined {
    for (const [stream, { text, since }] of this.#pending)
      if (now - since >= CHUNK_MS || text.length >= CHUNK_BYTES || Buffer.byteLength(text) >= CHUNK_BYTES)
        return this.#cut(stream);
    return undefined;
  }

  /** The next chunk, due or not; undefined when there is nothing. */
  takeAny(): OutputChunk | undefined {
    for (const stream of this.#pending.keys()) return this.#cut(stream);
    return undefined;
  }

  /** When the next chunk is due at the latest, or undefined when there is nothing. */
  get dueAt(): number | undefined {
    const [oldest] = this.#pending.values();
    return oldest && oldest.since + CHUNK_MS;
  }

  #cut(stream: OutputStream): OutputChunk | undefined {
    const pending = this.#pending.get(stream);
    if (!pending) return undefined;
    const { taken } = takeBytes(pending.text, CHUNK_BYTES);
    pending.text = pending.text.slice(taken.length);
    if (!pending.text) this.#pending.delete(stream);
    return { stream, text: taken };
  }
}

interface Pending {
  text: string;
  since: number;
}
