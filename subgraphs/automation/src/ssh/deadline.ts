/** A time limit inside an outer one: `signal` fires when either ends, with the reason of the one that did. */
export class Deadline {
  readonly signal: AbortSignal;
  readonly #timer: NodeJS.Timeout;

  /** @param expired makes the reason of `signal` when the time is over */
  constructor(seconds: number, expired: () => Error, outer?: AbortSignal) {
    const own = new AbortController();
    this.#timer = setTimeout(() => own.abort(expired()), seconds * 1_000);
    this.signal = outer ? AbortSignal.any([own.signal, outer]) : own.signal;
  }

  /** The time limit no longer holds; the outer one still does. */
  clear(): void {
    clearTimeout(this.#timer);
  }
}

/** Settles as the promise does, or rejects with the reason of the signal as soon as that fires. */
export async function untilAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** Resolves when the promise does, or when the time is over. */
export async function within(seconds: number, promise: Promise<unknown>): Promise<void> {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, seconds * 1_000);
  try {
    await Promise.race([promise, over]);
  } finally {
    clearTimeout(timer);
  }
}
