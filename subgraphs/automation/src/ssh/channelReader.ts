import type { Readable } from 'node:stream';
import type { ClientChannel } from 'ssh2';
import type { OutputStream } from './output/coalescer.ts';

/** Most bytes of one read: what is done with them must be short. */
const PIECE_BYTES = 32_768;

/**
 * Pulls the two output streams of a channel, in turn. What is not pulled is not acknowledged to the server, which then
 * stops sending (2 MiB, RFC 4254, 5.2): a listener for `data` would take in everything.
 */
export class ChannelReader {
  readonly #streams: [OutputStream, Readable][];

  /** @param onChange called when there may be something to read, or the end has been reached */
  constructor(channel: ClientChannel, onChange: () => void) {
    this.#streams = [
      ['STDOUT', channel],
      ['STDERR', channel.stderr],
    ];
    for (const [, stream] of this.#streams)
      stream.on('readable', onChange).on('end', onChange).on('error', onChange).on('close', onChange);
  }

  /** What there is now, at most {@link PIECE_BYTES} of one stream; undefined when there is nothing. */
  read(): { stream: OutputStream; bytes: Buffer } | undefined {
    for (const entry of this.#streams) {
      const [stream, readable] = entry;
      // Reading from an empty stream asks for more, and is what makes it notice its end.
      const size = Math.min(readable.readableLength, PIECE_BYTES);
      const bytes = (size > 0 ? readable.read(size) : readable.read()) as Buffer | null;
      if (!bytes) continue;
      this.#streams.reverse();
      return { stream, bytes };
    }
    return undefined;
  }

  /** Nothing will ever come again. */
  get isEnded(): boolean {
    return this.#streams.every(([, stream]) => stream.readableEnded || stream.destroyed);
  }
}
