/** Most bytes before the start line that are remembered. */
const NOISE_LIMIT_BYTES = 65_536;

/**
 * Takes the start line of a command (see `commandScript.ts`) out of its standard output, and what came before it: login
 * scripts like to greet. When it never comes, the noise is all there is to explain why, and {@link noise} has the last of it.
 */
export class StartLine {
  readonly #prefix: Buffer;
  readonly #onStarted: () => void;
  #held: Buffer = Buffer.alloc(0);
  #processId: number | undefined;

  constructor(prefix: string, onStarted: () => void) {
    this.#prefix = Buffer.from(prefix);
    this.#onStarted = onStarted;
  }

  /** Id of the process that leads the command's process group; undefined as long as the line has not come. */
  get processId(): number | undefined {
    return this.#processId;
  }

  /** @returns what of the bytes is the command's own output */
  passThrough(bytes: Buffer): Buffer {
    if (this.#processId !== undefined) return bytes;
    this.#held = Buffer.concat([this.#held, bytes]);
    const start = this.#held.indexOf(this.#prefix);
    const end = start < 0 ? -1 : this.#held.indexOf('\n', start);
    const processId = end < 0 ? '' : this.#held.toString('latin1', start + this.#prefix.length, end);
    if (!/^\d+$/.test(processId)) {
      this.#held = this.#held.subarray(-NOISE_LIMIT_BYTES);
      return Buffer.alloc(0);
    }
    this.#processId = Number(processId);
    const own = this.#held.subarray(end + 1);
    this.#held = Buffer.alloc(0);
    this.#onStarted();
    return own;
  }

  /** What came although the start line did not. */
  get noise(): Buffer {
    return this.#held;
  }
}
