import fc from 'fast-check';
import { batchLimitOf, cutIntoShards, planBatches, planLanes, stepLimitOf } from './planFanOut.ts';
import type { FanOutTarget } from './planFanOut.ts';

const fleet = (count: number): FanOutTarget[] =>
  Array.from({ length: count }, (_, position) => ({
    targetId: `t${position}`,
    name: `n${(position * 7) % count}`,
    position,
    labels: { zone: `z${position % 3}` },
  }));
const sizes = (batches: readonly (readonly unknown[])[]) => batches.map(({ length }) => length);

test.each([
  [{}, [200]],
  [{ batches: [50] }, [50, 50, 50, 50]],
  [{ batches: ['25%'] }, [50, 50, 50, 50]],
  [{ batches: [1, '10%', '50%', '100%'] }, [1, 20, 100, 79]],
  [{ canary: 3, batches: [100] }, [3, 100, 97]],
  [{ runOnce: true, batches: [50] }, [1]],
  [{ canary: 500 }, [200]],
  [{ batches: [0, '0%'] }, Array.from({ length: 200 }, () => 1)],
])('batches of %j are %j', (fanOut, expected) => {
  expect(sizes(planBatches(fleet(200), fanOut, 'seed'))).toEqual(expected);
});

test('every target is in exactly one batch, whatever the settings', () => {
  const size = fc.oneof(
    fc.integer({ min: 0, max: 30 }),
    fc.integer({ min: 0, max: 100 }).map((percent) => `${percent}%`),
  );
  const settings = fc.record(
    {
      batches: fc.array(size, { minLength: 1, maxLength: 4 }),
      canary: fc.integer({ min: 0, max: 5 }),
      order: fc.constantFrom('name', 'inventory', 'random', 'reverse'),
      spreadBy: fc.constantFrom('zone', 'nothing'),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 60 }), settings, (count, fanOut) => {
      const batches = planBatches(fleet(count), fanOut, 'seed');
      expect(
        batches
          .flat()
          .map(({ targetId }) => targetId)
          .sort(),
      ).toEqual(
        fleet(count)
          .map(({ targetId }) => targetId)
          .sort(),
      );
      expect(batches.every(({ length }) => length > 0)).toBe(true);
    }),
  );
});

test('spreading takes from each value in turn; a random order is the same for the same seed', () => {
  const zones = planBatches(fleet(9), { spreadBy: 'zone' }, 's')[0]?.map(({ labels }) => labels['zone']);
  expect(zones).toEqual(['z0', 'z1', 'z2', 'z0', 'z1', 'z2', 'z0', 'z1', 'z2']);
  const random = () =>
    planBatches(fleet(30), { order: 'random' }, 's')
      .flat()
      .map(({ targetId }) => targetId);
  expect(random()).toEqual(random());
  expect(random()).not.toEqual(fleet(30).map(({ targetId }) => targetId));
});

test('lanes never run more than the concurrency, lose little of it, and cover every target', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 1, max: 5_000 }), (count, concurrency) => {
      const { lanes, width, shardSize } = planLanes(count, concurrency);
      expect(width).toBeGreaterThan(0);
      expect(shardSize).toBeLessThanOrEqual(50);
      expect(cutIntoShards(fleet(count), shardSize).flat()).toHaveLength(count);
      if (concurrency >= count) return;
      expect(lanes * width).toBeLessThanOrEqual(concurrency);
      expect(lanes * width).toBeGreaterThanOrEqual(concurrency * 0.9);
    }),
  );
});

test('limits: of a canary none may fail, percentages are rounded down', () => {
  expect(batchLimitOf({ canary: 2 }, 0, 2)).toBe(0);
  expect(batchLimitOf({ canary: 2 }, 1, 10)).toBeUndefined();
  expect(batchLimitOf({ maxFailures: { over: 'batch', limit: '25%' } }, 1, 10)).toBe(2);
  expect(stepLimitOf({ maxFailures: { over: 'step', limit: '1%' } }, 150)).toBe(1);
  expect(stepLimitOf({ maxFailures: { over: 'batch', limit: 3 } }, 150)).toBeUndefined();
});
