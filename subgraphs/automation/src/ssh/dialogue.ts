import type { ClientChannel } from 'ssh2';
import type { RemoteScript } from './commandScript.ts';

/** Most bytes of standard error before the start of the shell that are remembered. */
const HELD_LIMIT_BYTES = 65_536;

/** Gives a shell its input, at once or, where another account runs it, when that has begun; and the password before. */
export class Dialogue {
  readonly #channel: ClientChannel;
  readonly #script: RemoteScript;
  #held: Buffer = Buffer.alloc(0);
  #hasBegun = false;
  #prompts = 0;

  constructor(channel: ClientChannel, script: RemoteScript) {
    this.#channel = channel;
    this.#script = script;
    if (!script.becoming) this.begin();
  }

  /** The password was wanted again, or is not there. */
  get isRefused(): boolean {
    return this.#prompts > (this.#script.becoming?.password ? 1 : 0);
  }

  /** The shell is there: what comes now is not asked by whoever guards the account. */
  begin(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.#channel.write(this.#script.input);
  }

  /** @returns what of standard error belongs to the command; before the beginning nothing does yet */
  passThrough(bytes: Buffer): Buffer {
    if (this.#hasBegun && this.#held.length === 0) return bytes;
    this.#held = Buffer.concat([this.#held, bytes]);
    if (!this.#hasBegun) this.#answer();
    return this.#hasBegun ? this.takeHeld() : Buffer.alloc(0);
  }

  /** What came on standard error before the beginning, without prompts. */
  takeHeld(): Buffer {
    const held = this.#held;
    this.#held = Buffer.alloc(0);
    return held;
  }

  #answer(): void {
    const { prompt = '', password } = this.#script.becoming ?? {};
    const start = this.#held.indexOf(prompt);
    if (start < 0) {
      this.#held = this.#held.subarray(-HELD_LIMIT_BYTES);
      return;
    }
    this.#held = Buffer.concat([this.#held.subarray(0, start), this.#held.subarray(start + prompt.length)]);
    this.#prompts += 1;
    // An end instead of an answer: there is no second password to try, and whoever asks must not wait for it.
    if (password && this.#prompts === 1) this.#channel.write(`${password.reveal()}\n`);
    else this.#channel.end();
  }
}
