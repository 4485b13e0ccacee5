import type { Dispatcher, Pool } from 'undici';

export interface Posting {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** From the sending to the last byte of the answer. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface Posted {
  readonly status: number;
  readonly text: string;
}

/** The answer did not come in time. */
export class TimedOut extends Error {
  constructor(milliseconds: number) {
    super(`no answer within ${milliseconds} ms`);
    this.name = 'TimedOut';
  }
}

/**
 * One POST. Straight to the dispatcher: streams and events around a body that is read whole cost more than all else here.
 * @throws {TimedOut}
 * @throws the signal's reason, or the error of undici
 */
export function post(pool: Pool, { path, headers, body, timeoutMs, signal }: Posting): Promise<Posted> {
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined;
    let status = 0;
    let ended: Error | undefined;
    const parts: Buffer[] = [];
    const end = (error: Error): void => {
      ended ??= error;
      controller?.abort(error);
      finish();
      reject(ended);
    };
    const leave = (): void => end(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)));
    const timer = setTimeout(() => end(new TimedOut(timeoutMs)), timeoutMs);
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', leave);
    };
    signal.addEventListener('abort', leave, { once: true });
    pool.dispatch(
      { path, method: 'POST', headers, body },
      {
        onRequestStart(begun) {
          controller = begun;
          // It waited for a connection, and nobody wants it any more.
          if (ended) begun.abort(ended);
        },
        onResponseStart(_controller, statusCode) {
          status = statusCode;
        },
        onResponseData: (_controller, chunk) => void parts.push(chunk),
        onResponseEnd() {
          finish();
          const [only] = parts;
          resolve({ status, text: (parts.length === 1 && only ? only : Buffer.concat(parts)).toString() });
        },
        onResponseError(_controller, error) {
          finish();
          reject(ended ?? error);
        },
      },
    );
  });
}
