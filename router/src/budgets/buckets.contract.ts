/** What holds of every store of buckets. */
import { randomUUID } from 'node:crypto';
import type { BucketPolicy, BucketStore } from './buckets.ts';

/** Long enough that nothing comes back while a test runs. */
const slow: BucketPolicy = { name: 'requests', capacity: 10, windowSeconds: 100_000 };
const other: BucketPolicy = { name: 'cost', capacity: 1_000, windowSeconds: 100_000 };
const fast: BucketPolicy = { name: 'requests', capacity: 10, windowSeconds: 0.2 };

export function describeBuckets(name: string, store: () => BucketStore): void {
  describe(`buckets ${name}`, () => {
    test('are full at first, and give what they have', async () => {
      const principal = randomUUID();
      const first = await store().take(principal, [{ policy: slow, amount: 4 }]);
      expect(first).toMatchObject({ isGranted: true, states: [{ remaining: 6, retryAfterSeconds: 0 }] });
      expect(await store().take(principal, [{ policy: slow, amount: 6 }])).toMatchObject({ isGranted: true });
      const refused = await store().take(principal, [{ policy: slow, amount: 1 }]);
      expect(refused).toMatchObject({ isGranted: false, states: [{ remaining: 0 }] });
      // One of ten in 100,000 seconds.
      expect(refused.states[0]?.retryAfterSeconds).toBeGreaterThan(9_900);
      expect(refused.states[0]?.fullInSeconds).toBeGreaterThan(99_900);
    });

    test('are of one principal each', async () => {
      const [one, another] = [randomUUID(), randomUUID()];
      await store().take(one, [{ policy: slow, amount: 10 }]);
      expect(await store().take(another, [{ policy: slow, amount: 10 }])).toMatchObject({ isGranted: true });
    });

    test('are taken from all together, or not at all', async () => {
      const principal = randomUUID();
      await store().take(principal, [{ policy: other, amount: 995 }]);
      const asks = [
        { policy: slow, amount: 1 },
        { policy: other, amount: 6 },
      ];
      const refused = await store().take(principal, asks);
      expect(refused).toMatchObject({
        isGranted: false,
        states: [{ remaining: 10, retryAfterSeconds: 0 }, { remaining: 5 }],
      });
      expect(refused.states[1]?.retryAfterSeconds).toBeGreaterThan(0);
    });

    test('give at most what they hold, however many ask at once', async () => {
      const principal = randomUUID();
      const asked = Array.from({ length: 50 }, async () => store().take(principal, [{ policy: slow, amount: 1 }]));
      const granted = (await Promise.all(asked)).filter(({ isGranted }) => isGranted);
      expect(granted).toHaveLength(10);
    });

    test('give all they hold to who asks for more than that', async () => {
      const principal = randomUUID();
      const taken = await store().take(principal, [{ policy: slow, amount: 1_000_000 }]);
      expect(taken).toMatchObject({ isGranted: true, states: [{ remaining: 0 }] });
    });

    test('fill again with time', async () => {
      const principal = randomUUID();
      await store().take(principal, [{ policy: fast, amount: 10 }]);
      let tries = 0;
      while (!(await store().take(principal, [{ policy: fast, amount: 10 }])).isGranted) tries += 1;
      expect(tries).toBeGreaterThan(0);
    });

    test('take back what was too much, up to their capacity', async () => {
      const principal = randomUUID();
      await store().take(principal, [{ policy: slow, amount: 8 }]);
      store().giveBack(principal, slow, 5);
      expect(await store().take(principal, [{ policy: slow, amount: 0 }])).toMatchObject({
        states: [{ remaining: 7 }],
      });
      store().giveBack(principal, slow, 500);
      expect(await store().take(principal, [{ policy: slow, amount: 0 }])).toMatchObject({
        states: [{ remaining: 10 }],
      });
    });

    test('can be in debt by their capacity, not more', async () => {
      const principal = randomUUID();
      store().giveBack(principal, slow, -1_000);
      const { states } = await store().take(principal, [{ policy: slow, amount: 1 }]);
      expect(states[0]?.remaining).toBe(0);
      expect(states[0]?.retryAfterSeconds).toBeGreaterThan(109_000);
      expect(states[0]?.retryAfterSeconds).toBeLessThanOrEqual(110_000);
    });
  });
}
