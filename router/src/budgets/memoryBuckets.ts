import { LRUCache } from 'lru-cache';
import { filled, stateOf } from './buckets.ts';
import type { Ask, BucketPolicy, BucketStore, Taken } from './buckets.ts';

/** Buckets that are remembered: the least recently used is given up first, and begins again full. */
const MAX_BUCKETS = 100_000;

interface Bucket {
  units: number;
  /** When that was. */
  at: number;
}

/** Buckets of this process alone. Answers at once, without a promise. */
export interface MemoryBuckets extends BucketStore {
  take(principal: string, asks: readonly Ask[]): Taken;
}

/** @param now milliseconds of any clock that only goes forward */
export function createMemoryBuckets(now: () => number = () => performance.now()): MemoryBuckets {
  const buckets = new LRUCache<string, Bucket>({ max: MAX_BUCKETS });

  function bucketOf(principal: string, policy: BucketPolicy): Bucket {
    const key = `${policy.name} ${principal}`;
    const at = now();
    let bucket = buckets.get(key);
    if (!bucket) {
      bucket = { units: policy.capacity, at };
      buckets.set(key, bucket);
    }
    bucket.units = filled(bucket.units, at - bucket.at, policy);
    bucket.at = at;
    return bucket;
  }

  return {
    take(principal, asks) {
      const wanted = asks.map(({ policy, amount }) => ({
        policy,
        amount: Math.min(amount, policy.capacity),
        bucket: bucketOf(principal, policy),
      }));
      const isGranted = wanted.every(({ bucket, amount }) => bucket.units >= amount);
      if (isGranted) for (const { bucket, amount } of wanted) bucket.units -= amount;
      const states = wanted.map(({ policy, amount, bucket }) => stateOf(bucket.units, isGranted ? 0 : amount, policy));
      return { isGranted, states };
    },
    giveBack(principal, policy, amount) {
      const bucket = bucketOf(principal, policy);
      bucket.units = Math.max(-policy.capacity, Math.min(policy.capacity, bucket.units + amount));
    },
    close: async () => undefined,
  };
}
