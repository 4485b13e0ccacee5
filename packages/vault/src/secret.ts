import { inspect } from 'node:util';

const HIDDEN = '[secret]';

/**
 * A text that cannot be printed by accident: String(), template literals, JSON and `inspect` all show `[secret]`.
 * `reveal()` is the only way to the value, so that every use of one is easy to find.
 */
export class Secret {
  readonly #value: string;

  private constructor(value: string) {
    this.#value = value;
  }

  static from(value: string): Secret {
    return new Secret(value);
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }

  [Symbol.toPrimitive](): string {
    return HIDDEN;
  }

  [inspect.custom](): string {
    return HIDDEN;
  }
}
