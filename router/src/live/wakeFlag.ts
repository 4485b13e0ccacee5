import type { Clock } from './clock.ts';

/** Any number of wake-ups, as one flag. It is up at the start: the first read needs no wake-up. */
export class WakeFlag {
  readonly #stamp: () => number;
  readonly #clock: Clock;
  #raisedAt: number | undefined;
  #resume: () => void = () => undefined;

  /** @param stamp gives a mark in time, greater than all before it */
  constructor(stamp: () => number, clock: Clock) {
    this.#stamp = stamp;
    this.#clock = clock;
    this.#raisedAt = stamp();
  }

  raise(): void {
    this.#raisedAt = this.#stamp();
    this.#resume();
  }

  /** Takes the flag down. @returns the mark from which on a read sees what it was raised for */
  lower(): number {
    const raisedAt = this.#raisedAt ?? this.#stamp();
    this.#raisedAt = undefined;
    return raisedAt;
  }

  /** Resolves when the flag is up, or after the time, or when the signal is aborted: whichever is first. */
  async wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (this.#raisedAt !== undefined) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#resume = resolve;
    await until(promise, milliseconds, signal, this.#clock);
  }
}

/** Resolves after the time or when the signal is aborted: whichever is first. */
export async function pause(milliseconds: number, signal: AbortSignal, clock: Clock): Promise<void> {
  const { promise } = Promise.withResolvers<void>();
  await until(promise, milliseconds, signal, clock);
}

async function until(event: Promise<void>, milliseconds: number, signal: AbortSignal, clock: Clock): Promise<void> {
  if (milliseconds <= 0 || signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = (): void => resolve();
  signal.addEventListener('abort', stop, { once: true });
  const callOff = clock.after(milliseconds, stop);
  try {
    await Promise.race([event, promise]);
  } finally {
    callOff();
    signal.removeEventListener('abort', stop);
  }
}
