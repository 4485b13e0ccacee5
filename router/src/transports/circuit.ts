/**
 * A circuit breaker: after some failures in a row an address is left alone for a while, then tried with one call, and
 * used again when that succeeds.
 *
 * closed --(failures in a row)--> open --(time)--> trying --(success)--> closed
 *                                  ^------(failure)----|
 */
export interface CircuitSettings {
  /** Failures in a row that open it. */
  readonly failures: number;
  readonly openMs: number;
}

export type CircuitState = 'closed' | 'open' | 'trying';

export class Circuit {
  readonly #settings: CircuitSettings;
  readonly #now: () => number;
  #state: CircuitState = 'closed';
  #failures = 0;
  #openedAt = 0;

  constructor(settings: CircuitSettings, now: () => number) {
    this.#settings = settings;
    this.#now = now;
  }

  get state(): CircuitState {
    return this.#state;
  }

  /** Whether a call may be made. */
  get isUsable(): boolean {
    return (
      this.#state === 'closed' || (this.#state === 'open' && this.#now() - this.#openedAt >= this.#settings.openMs)
    );
  }

  /** A call begins: in an open circuit it is the one that tries. */
  begin(): void {
    if (this.#state === 'open') this.#state = 'trying';
  }

  succeed(): void {
    this.#state = 'closed';
    this.#failures = 0;
  }

  fail(): void {
    this.#failures += 1;
    if (this.#state === 'closed' && this.#failures < this.#settings.failures) return;
    this.#state = 'open';
    this.#openedAt = this.#now();
  }

  /** The call ended without telling anything of the address: its caller has left. */
  abandon(): void {
    if (this.#state === 'trying') this.#state = 'open';
  }
}
