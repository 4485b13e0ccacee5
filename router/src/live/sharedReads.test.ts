import { settle } from '../testing/virtualClock.ts';
import { SharedReads } from './sharedReads.ts';

/** Reads that end when the test says so. */
function startReads() {
  const kinds: string[] = [];
  const reads = new SharedReads<string>((kind) => kinds.push(kind));
  const running: { signal: AbortSignal; readonly answer: (value: string) => void }[] = [];
  const start = (signal: AbortSignal): Promise<string> => {
    const { promise, resolve } = Promise.withResolvers<string>();
    running.push({ signal, answer: resolve });
    return promise;
  };
  const open = new AbortController();
  const read = (wokenAt: number, signal = open.signal, key = 'k') => reads.read(key, wokenAt, signal, start);
  return { reads, running, read, kinds };
}

test('S1 equal reads that are wanted by the same wake-up are done once', async () => {
  const { reads, running, read, kinds } = startReads();
  const woken = [reads.stamp(), reads.stamp(), reads.stamp()];
  const results = woken.map((wokenAt) => read(wokenAt));
  expect(running).toHaveLength(1);
  running[0]?.answer('a');
  expect(await Promise.all(results)).toEqual(['a', 'a', 'a']);
  expect(kinds).toEqual(['done', 'shared', 'shared']);
});

test('S1 who was woken before a read began is given what it found, though it is done', async () => {
  const { reads, running, read } = startReads();
  const [early, late] = [reads.stamp(), reads.stamp()];
  const first = read(early);
  running[0]?.answer('a');
  expect(await first).toBe('a');
  expect(await read(late)).toBe('a');
  expect(running).toHaveLength(1);
  const woken = read(reads.stamp());
  running[1]?.answer('b');
  expect([await woken, running.length]).toEqual(['b', 2]);
});

test('S2 a read that began before the wake-up is not joined', async () => {
  const { reads, running, read } = startReads();
  const early = read(reads.stamp());
  const late = read(reads.stamp());
  const later = read(reads.stamp());
  expect(running).toHaveLength(3);
  running.forEach(({ answer }, index) => answer(String(index)));
  expect(await Promise.all([early, late, later])).toEqual(['0', '1', '2']);
});

test('S3 reads with other keys are not shared', () => {
  const { reads, running, read } = startReads();
  const wokenAt = reads.stamp();
  void read(wokenAt, undefined, 'k');
  void read(wokenAt, undefined, 'other');
  expect(running).toHaveLength(2);
});

test('S4 a read goes on for those who stay, and is aborted when nobody does', async () => {
  const { reads, running, read } = startReads();
  const wokenAt = reads.stamp();
  const [one, other] = [new AbortController(), new AbortController()];
  const left = read(wokenAt, one.signal);
  const stayed = read(wokenAt, other.signal);
  one.abort(new Error('left'));
  await expect(left).rejects.toThrow('left');
  expect(running[0]?.signal.aborted).toBe(false);
  other.abort(new Error('left too'));
  await expect(stayed).rejects.toThrow('left too');
  expect(running[0]?.signal.aborted).toBe(true);
});

test('S5 a read that was aborted is not joined', async () => {
  const { reads, running, read } = startReads();
  const wokenAt = reads.stamp();
  const one = new AbortController();
  const left = read(wokenAt, one.signal);
  one.abort(new Error('left'));
  await expect(left).rejects.toThrow('left');
  const next = read(wokenAt);
  await settle();
  running[1]?.answer('fresh');
  expect(await next).toBe('fresh');
});
