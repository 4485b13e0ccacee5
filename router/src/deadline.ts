/** A signal that ends with another one, or by itself after a time. Disposing of it lets go of both. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
  /** True when time, not the other signal, has ended it. */
  readonly isExceeded: boolean;
}

// Not AbortSignal.any: a subscription's signal lives for hours and would gather one dependent per read.
export function createDeadline(milliseconds: number, outer: AbortSignal): Deadline {
  const controller = new AbortController();
  let isExceeded = false;
  const follow = (): void => controller.abort(outer.reason);
  const timer = setTimeout(() => {
    isExceeded = true;
    controller.abort(new DOMException(`Not done within ${milliseconds} ms.`, 'TimeoutError'));
  }, milliseconds);
  if (outer.aborted) follow();
  else outer.addEventListener('abort', follow, { once: true });
  return {
    signal: controller.signal,
    get isExceeded() {
      return isExceeded;
    },
    [Symbol.dispose]() {
      clearTimeout(timer);
      outer.removeEventListener('abort', follow);
    },
  };
}

/** The promise, or a rejection with the signal's reason as soon as the signal is aborted. */
export async function untilAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason as Error);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
