/** Time, as an argument. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** @returns a function that calls it off */
  after(milliseconds: number, call: () => void): () => void;
}

/** Longest delay that a timer can be set to (2^31 - 1 ms, 24 days): a longer one would fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: Date.now,
  after(milliseconds, call) {
    const timer = setTimeout(call, Math.min(milliseconds, LONGEST_MS));
    return () => clearTimeout(timer);
  },
};
