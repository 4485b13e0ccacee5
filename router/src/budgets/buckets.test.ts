import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { createLog } from '@opsconductor/telemetry';
import { startRedis } from '@opsconductor/testkit';
import type { TestRedis } from '@opsconductor/testkit';
import type { BucketStore } from './buckets.ts';
import { describeBuckets } from './buckets.contract.ts';
import { createMemoryBuckets } from './memoryBuckets.ts';
import { createRedisBuckets } from './redisBuckets.ts';

const memory = createMemoryBuckets();
describeBuckets('in memory', () => memory);

describe('in Redis', () => {
  const folder = mkdtempSync(join(tmpdir(), 'buckets-'));
  const log = createLog('router', { destination: join(folder, 'log') });
  let redis: TestRedis;
  let store: SharedStore;

  /** A store that tells how often it decided alone. */
  interface SharedStore extends BucketStore {
    fallbacks(): number;
  }

  function connect(): SharedStore {
    let fallbacks = 0;
    const buckets = createRedisBuckets({ url: redis.url, log, onFallback: () => (fallbacks += 1) });
    return { ...buckets, fallbacks: () => fallbacks };
  }

  /** Asks until an answer comes from Redis. */
  async function untilShared(shared: SharedStore): Promise<void> {
    const policy = { name: 'probe', capacity: 1, windowSeconds: 1 };
    for (let before = -1; before !== shared.fallbacks();) {
      before = shared.fallbacks();
      await new Promise((resolve) => setImmediate(resolve));
      await shared.take('nobody', [{ policy, amount: 0 }]);
    }
  }

  beforeAll(async () => {
    redis = await startRedis();
    store = connect();
    await untilShared(store);
  });

  afterAll(async () => {
    await store.close();
    await redis.stop();
    rmSync(folder, { recursive: true });
  });

  describeBuckets('in Redis', () => store);

  test('routers share them, and Redis forgets those that are full', async () => {
    const policy = { name: 'requests', capacity: 5, windowSeconds: 30 };
    const second = connect();
    try {
      await untilShared(second);
      await store.take('p', [{ policy, amount: 5 }]);
      expect(await second.take('p', [{ policy, amount: 1 }])).toMatchObject({ isGranted: false });
    } finally {
      await second.close();
    }
    const client = new Redis(redis.url);
    expect(await client.pttl('opsconductor:budget:{p}:requests')).toBeGreaterThan(50_000);
    await client.quit();
  });

  test('while Redis is away, decisions are made in memory, and afterwards in Redis again', async () => {
    const policy = { name: 'requests', capacity: 2, windowSeconds: 100_000 };
    await redis.kill();
    const before = store.fallbacks();
    const taken = await Promise.all([1, 2, 3].map(async () => store.take('q', [{ policy, amount: 1 }])));
    expect(taken.map(({ isGranted }) => isGranted)).toEqual([true, true, false]);
    expect(store.fallbacks()).toBe(before + 3);
    expect(() => store.giveBack('q', policy, 1)).not.toThrow();
    await redis.restart();
    await untilShared(store);
    expect(await store.take('q', [{ policy, amount: 2 }])).toMatchObject({ isGranted: true });
  });

  test('a Redis that hangs delays few requests, by a quarter of a second', async () => {
    const policy = { name: 'requests', capacity: 1_000, windowSeconds: 100_000 };
    process.kill(redis.pid, 'SIGSTOP');
    try {
      const begun = performance.now();
      for (let i = 0; i < 20; i += 1)
        expect(await store.take('r', [{ policy, amount: 1 }])).toMatchObject({ isGranted: true });
      expect(performance.now() - begun).toBeLessThan(2_000);
    } finally {
      process.kill(redis.pid, 'SIGCONT');
    }
  });
});
