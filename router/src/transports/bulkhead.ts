import { SubgraphUnavailable } from './transport.ts';

/** Bounds the calls of one subgraph, so that a slow one does not take all there is from the others. */
export class Bulkhead {
  readonly #atOnce: number;
  readonly #waitingAtMost: number;
  readonly #waiting = new Set<() => void>();
  #running = 0;

  constructor(atOnce: number, waitingAtMost: number) {
    this.#atOnce = atOnce;
    this.#waitingAtMost = waitingAtMost;
  }

  /**
   * @returns undefined when the call may begin at once; call `leave` when it has ended
   * @throws {SubgraphUnavailable} too many wait already, or the caller has left
   */
  enter(signal: AbortSignal): Promise<void> | undefined {
    if (this.#running < this.#atOnce) {
      this.#running += 1;
      return undefined;
    }
    if (this.#waiting.size >= this.#waitingAtMost)
      throw new SubgraphUnavailable('too many calls wait for the subgraph');
    return new Promise((resolve, reject) => {
      const give = (): void => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = (): void => {
        this.#waiting.delete(give);
        reject(new SubgraphUnavailable('the caller has left'));
      };
      this.#waiting.add(give);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }

  /** Hands the place to the one who has waited longest. */
  leave(): void {
    const [next] = this.#waiting;
    if (!next) this.#running -= 1;
    else {
      this.#waiting.delete(next);
      next();
    }
  }
}
