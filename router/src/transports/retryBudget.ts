const EARNED_PER_CALL = 0.1;
const KEPT_AT_MOST = 10;

/** Lets a tenth of the calls be repeated, and a few more after a quiet time: a subgraph that is down is not asked thrice. */
export class RetryBudget {
  #left = KEPT_AT_MOST;

  earn(): void {
    this.#left = Math.min(KEPT_AT_MOST, this.#left + EARNED_PER_CALL);
  }

  /** @returns false when nothing may be repeated now */
  spend(): boolean {
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
