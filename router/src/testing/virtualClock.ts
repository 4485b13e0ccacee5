import type { Clock } from '../live/clock.ts';

/** Time that moves only when it is told to. */
export class VirtualClock implements Clock {
  #now = 0;
  readonly #timers = new Set<{ readonly at: number; readonly call: () => void }>();

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, call: () => void): () => void {
    const timer = { at: this.#now + milliseconds, call };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Moves on, calling what is due on the way in order, and lets everything that follows from it happen. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    for (;;) {
      await settle();
      const due = [...this.#timers].filter(({ at }) => at <= end).sort((one, other) => one.at - other.at)[0];
      if (!due) break;
      this.#timers.delete(due);
      this.#now = Math.max(this.#now, due.at);
      due.call();
    }
    this.#now = end;
    await settle();
  }

  get pending(): number {
    return this.#timers.size;
  }
}

/** All promises that can settle without time or input have settled after this. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
