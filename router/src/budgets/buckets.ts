/**
 * Token buckets: each holds at most its capacity, fills evenly, and gives what it has. Two stores keep them, in memory
 * and in Redis; one contract suite holds for both.
 */

/** A bucket as it is declared. `capacity` units come back in `windowSeconds`, evenly. */
export interface BucketPolicy {
  /** Such as `requests`; also the name of the policy in the RateLimit header. */
  readonly name: string;
  readonly capacity: number;
  readonly windowSeconds: number;
}

export interface Ask {
  readonly policy: BucketPolicy;
  /** More than the capacity counts as the capacity: it takes a full bucket. */
  readonly amount: number;
}

export interface BucketState {
  /** Whole units that are left, never less than 0. */
  readonly remaining: number;
  /** Until the bucket has what was asked for; 0 when it had. */
  readonly retryAfterSeconds: number;
  /** Until the bucket is full. */
  readonly fullInSeconds: number;
}

export interface Taken {
  readonly isGranted: boolean;
  /** In the order of what was asked. */
  readonly states: readonly BucketState[];
}

export interface BucketStore {
  /** Takes from all buckets of a principal, or from none. */
  take(principal: string, asks: readonly Ask[]): Promise<Taken> | Taken;
  /**
   * Gives back, or takes more when the amount is negative: what was estimated was wrong. Not awaited by anyone, so it
   * never rejects. A bucket can be a capacity in debt at most.
   */
  giveBack(principal: string, policy: BucketPolicy, amount: number): void;
  close(): Promise<void>;
}

/** Units in a bucket after a while without being used. */
export function filled(units: number, elapsedMs: number, { capacity, windowSeconds }: BucketPolicy): number {
  return Math.min(capacity, units + (Math.max(0, elapsedMs) * capacity) / (windowSeconds * 1000));
}

/** @param units in the bucket after the decision @param wanted what was asked for and not granted; 0 when it was */
export function stateOf(units: number, wanted: number, { capacity, windowSeconds }: BucketPolicy): BucketState {
  const secondsUntil = (amount: number): number => Math.max(0, ((amount - units) * windowSeconds) / capacity);
  return {
    remaining: Math.max(0, Math.floor(units)),
    retryAfterSeconds: secondsUntil(wanted),
    fullInSeconds: secondsUntil(capacity),
  };
}
