import { performance } from 'node:perf_hooks';
import { StartupFault } from '@opsconductor/process';
import { GateFull } from '../gates/gate.ts';
import { createPasswordHasher } from './passwordHasher.ts';

const floor = { memoryKib: 19_456, passes: 2, lanes: 1 };

test('a hash is argon2id with the parameters that were asked for, and the default ones are 64 MiB, 3 passes', async () => {
  expect(await (await createPasswordHasher()).hash('sunset piano granite')).toMatch(
    /^\$argon2id\$v=19\$m=65536,t=3,p=1\$/,
  );
  expect(await (await createPasswordHasher(floor)).hash('sunset piano granite')).toMatch(/\$m=19456,t=2,p=1\$/);
});

test('verifies composed and decomposed spellings of one password', async () => {
  const hasher = await createPasswordHasher(floor);
  const stored = await hasher.hash('fünf blaue Stühle'.normalize('NFD'));
  expect(await hasher.verify(stored, 'fünf blaue Stühle'.normalize('NFC'))).toBe(true);
  expect(await hasher.verify(stored, 'funf blaue Stuhle')).toBe(false);
});

test.each([
  { ...floor, memoryKib: 19_455 },
  { ...floor, passes: 1 },
  { ...floor, lanes: 0 },
])('refuses to start below the floor: %j', async (parameters) => {
  await expect(createPasswordHasher(parameters)).rejects.toThrow(StartupFault);
});

test('knows hashes of other parameters', async () => {
  const [weak, strong] = [await createPasswordHasher(floor), await createPasswordHasher({ ...floor, passes: 3 })];
  const stored = await weak.hash('sunset piano granite');
  expect([weak.isOutdated(stored), strong.isOutdated(stored)]).toEqual([false, true]);
  expect(await strong.verify(stored, 'sunset piano granite')).toBe(true);
});

test('no stored hash costs as much as a wrong password', async () => {
  const hasher = await createPasswordHasher();
  const stored = await hasher.hash('sunset piano granite');
  const timeOf = async (hash: string | undefined): Promise<number> => {
    const began = performance.now();
    expect(await hasher.verify(hash, 'another piano granite')).toBe(false);
    return performance.now() - began;
  };
  // Best of several, taken in turn: what else the machine does only ever adds.
  const [known, unknown] = [[] as number[], [] as number[]];
  for (let round = 0; round < 4; round += 1) {
    known.push(await timeOf(stored));
    unknown.push(await timeOf(undefined));
  }
  const ratio = Math.min(...unknown) / Math.min(...known);
  expect(ratio).toBeGreaterThan(0.7);
  expect(ratio).toBeLessThan(1.4);
});

test('refuses what would wait too long instead of queueing it', async () => {
  const hasher = await createPasswordHasher(floor);
  const results = await Promise.allSettled(Array.from({ length: 80 }, () => hasher.hash('sunset piano granite')));
  const refused = results.filter((result) => result.status === 'rejected');
  expect(refused).toHaveLength(80 - 66);
  for (const { reason } of refused) expect(reason).toBeInstanceOf(GateFull);
});
