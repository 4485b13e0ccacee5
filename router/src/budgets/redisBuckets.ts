import { Redis } from 'ioredis';
import type { Log } from '@opsconductor/telemetry';
import { stateOf } from './buckets.ts';
import type { Ask, BucketPolicy, BucketStore, Taken } from './buckets.ts';
import { createMemoryBuckets } from './memoryBuckets.ts';

/** How long a request waits for Redis, and how long Redis is left alone after it has not answered. */
const COMMAND_MS = 250;
const AVOIDED_MS = 1_000;

/**
 * One atomic step over all buckets of a principal, by the clock of Redis. Per bucket: capacity, window in ms, amount; at
 * the end 1 when the amounts are taken in any case. Gives whether they were, and the units of each bucket afterwards.
 */
const TAKE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local units = {}
local granted = 1
for i, key in ipairs(KEYS) do
  local capacity, window, amount = tonumber(ARGV[3*i-2]), tonumber(ARGV[3*i-1]), tonumber(ARGV[3*i])
  local held = redis.call('HMGET', key, 'units', 'at')
  if held[1] then
    local elapsed = math.max(0, now - tonumber(held[2]))
    units[i] = math.min(capacity, tonumber(held[1]) + elapsed * capacity / window)
  else
    units[i] = capacity
  end
  if ARGV[#ARGV] == '0' and units[i] < amount then granted = 0 end
end
local answer = { granted }
for i, key in ipairs(KEYS) do
  local capacity, window, amount = tonumber(ARGV[3*i-2]), tonumber(ARGV[3*i-1]), tonumber(ARGV[3*i])
  if granted == 1 then units[i] = math.max(-capacity, math.min(capacity, units[i] - amount)) end
  redis.call('HSET', key, 'units', string.format('%.3f', units[i]), 'at', string.format('%.3f', now))
  redis.call('PEXPIRE', key, math.ceil(window * 2))
  answer[i + 1] = string.format('%.3f', units[i])
end
return answer
`;

interface BucketClient extends Redis {
  takeFromBuckets(keys: number, ...keysAndArguments: (string | number)[]): Promise<[number, ...string[]]>;
}

/**
 * Buckets that all routers share. While Redis does not answer, each router counts by itself: a budget is never a reason
 * for an outage.
 * @param onFallback called for each decision that was made without Redis
 */
export function createRedisBuckets(options: { url: string; log: Log; onFallback?: () => void }): BucketStore {
  const { url, log, onFallback = () => undefined } = options;
  const redis = new Redis(url, {
    connectTimeout: 5_000,
    commandTimeout: COMMAND_MS,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    keepAlive: 15_000,
    retryStrategy: (attempt) => Math.min(attempt * 100, 5_000),
    scripts: { takeFromBuckets: { lua: TAKE } },
  }) as BucketClient;
  redis.on('error', (error: Error) => log.warn({ reason: error.message }, 'budget.connection.lost'));
  const memory = createMemoryBuckets();
  let avoidedUntil = 0;

  async function run(principal: string, asks: readonly Ask[], isUnconditional: boolean): Promise<Taken> {
    const keys = asks.map(({ policy }) => `opsconductor:budget:{${principal}}:${policy.name}`);
    const figures = asks.flatMap(({ policy, amount }) => [policy.capacity, policy.windowSeconds * 1000, amount]);
    const [granted, ...units] = await redis.takeFromBuckets(keys.length, ...keys, ...figures, isUnconditional ? 1 : 0);
    const isGranted = granted === 1;
    const states = asks.map(({ policy, amount }, i) => stateOf(Number(units[i]), isGranted ? 0 : amount, policy));
    return { isGranted, states };
  }

  const isAvoided = (): boolean => redis.status !== 'ready' || performance.now() < avoidedUntil;
  const avoid = (error: unknown): void => {
    avoidedUntil = performance.now() + AVOIDED_MS;
    log.warn({ reason: (error as Error).message }, 'budget.store.failed');
  };

  return {
    async take(principal, asks) {
      const bounded = asks.map(({ policy, amount }) => ({ policy, amount: Math.min(amount, policy.capacity) }));
      if (!isAvoided())
        try {
          return await run(principal, bounded, false);
        } catch (error) {
          avoid(error);
        }
      onFallback();
      return memory.take(principal, bounded);
    },
    giveBack(principal: string, policy: BucketPolicy, amount: number) {
      if (isAvoided()) return memory.giveBack(principal, policy, amount);
      run(principal, [{ policy, amount: -amount }], true).catch(avoid);
    },
    async close() {
      if (redis.status === 'ready') await redis.quit().catch(() => undefined);
      redis.disconnect();
    },
  };
}
