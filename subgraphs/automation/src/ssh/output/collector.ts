import { TextDecoder } from 'node:util';
import { chain } from './stage.ts';
import type { TextStage } from './stage.ts';
import { Coalescer } from './coalescer.ts';
import type { OutputChunk, OutputStream } from './coalescer.ts';
import { createLineFolder } from './lineFolder.ts';
import type { Masks } from './masks.ts';
import { createTerminalCleaner } from './terminal.ts';
import { takeBytes } from './utf8.ts';

/**
 * Turns the bytes of a command's two streams into chunks that are safe to store, send and show: decoded, cleaned, masked,
 * folded, cut at the limit, coalesced. The limit counts the bytes of the result, both streams together. What comes after
 * it is dropped unread; the command goes on, because stopping it for talking too much would change what it does.
 */
export class OutputCollector {
  readonly #coalescer = new Coalescer();
  readonly #streams: Record<OutputStream, { decoder: TextDecoder; stages: TextStage }>;
  #remainingBytes: number;
  #truncated = false;

  constructor(masks: Masks, limitBytes: number) {
    this.#remainingBytes = limitBytes;
    this.#streams = { STDOUT: createPipeline(masks), STDERR: createPipeline(masks) };
  }

  /** True when output was dropped. */
  get truncated(): boolean {
    return this.#truncated;
  }

  get dueAt(): number | undefined {
    return this.#coalescer.dueAt;
  }

  /** @param bytes at most 64 KiB, so that one call is short */
  write(stream: OutputStream, bytes: Uint8Array, now: number): void {
    if (this.#truncated) return;
    const { decoder, stages } = this.#streams[stream];
    this.#keep(stream, stages.write(decoder.decode(bytes, { stream: true })), now);
  }

  /** Gives out what the stages hold back. Nothing is written after it. */
  end(now: number): void {
    for (const [stream, { decoder, stages }] of Object.entries(this.#streams))
      this.#keep(stream as OutputStream, stages.write(decoder.decode()) + stages.end(), now);
  }

  take(now: number): OutputChunk | undefined {
    return this.#coalescer.take(now);
  }

  takeAny(): OutputChunk | undefined {
    return this.#coalescer.takeAny();
  }

  #keep(stream: OutputStream, text: string, now: number): void {
    let rest = text;
    while (rest && !this.#truncated) {
      const { taken, bytes } = takeBytes(rest, Math.min(this.#remainingBytes, 65_536));
      this.#remainingBytes -= bytes;
      this.#truncated = bytes === 0;
      this.#coalescer.add(stream, taken, now);
      rest = rest.slice(taken.length);
    }
  }
}

function createPipeline(masks: Masks): { decoder: TextDecoder; stages: TextStage } {
  return {
    decoder: new TextDecoder('utf-8', { ignoreBOM: true }),
    stages: chain([createTerminalCleaner(), masks.createMasker(), createLineFolder()]),
  };
}
