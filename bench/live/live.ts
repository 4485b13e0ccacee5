/*
 * Last accepted figures: 2026-11-25, Node 24.21.0, 2 quiet cores of an Intel Xeon. The p95 of the delay misses its aim.
 *
 * idle subscription with its socket, KB in use                18.7   < 20
 * reads for one change to 1000 equal subscribers, most         1.00  1
 * wake-up to client, ms, median / p95                     27.2 / 114  < 50
 * 1000 clients back with all that they missed, s               1.51  < 5
 */
import { startChild } from '../childProcess.ts';
import type { Child } from '../childProcess.ts';
import { issueAccessToken } from '../federatedQuery/accessToken.ts';
import { printTable } from '../table.ts';
import { Watcher, openWatchers } from './watchers.ts';

const IDLE = 10_000;
const EQUAL = 1_000;
const CHANGES = 20;
const MISSED = 100;

const JOB = 'subscription ($id: ID!) { job(id: $id) { status } }';
const FEED = 'subscription { events { nodes { sequence } } }';

/** What live queries cost and how late they are: memory of idle ones, one change for many, everybody back at once. */
export async function benchLive(): Promise<void> {
  console.log(explanation);
  await using held = new AsyncDisposableStack();
  const router = startChild(import.meta.resolve('./router.ts'));
  held.defer(() => router.stop());
  const { accessToken, publicKeys } = await issueAccessToken();
  const url = await router.call<string>('start', { publicKeys });
  const open = (count: number) => openWatchers(count, `${url.replace('http', 'ws')}/graphql`, accessToken);
  printTable(
    ['', 'measured', 'aim'],
    [
      ...(await measureIdle(router, open)),
      ...(await measureEqual(router, open)),
      ...(await measureReturn(router, open)),
    ],
  );
}

const explanation = `
One router process, its subgraph inside; ${IDLE.toLocaleString('en')} WebSockets with one subscription each, no two alike; then
${EQUAL.toLocaleString('en')} equal subscriptions of one session, which one change wakes; then as many readers of a feed whose sockets
are cut, who miss ${MISSED} events and come back at once. The clients are in another process on the same cores.`;

type Open = (count: number) => Promise<Watcher[]>;
type Row = [string, string | number, string];

async function measureIdle(router: Child, open: Open): Promise<Row[]> {
  // What the first few cost is caches that the rest share.
  const warm = await open(200);
  await Promise.all(warm.map((watcher, index) => watcher.subscribe(JOB, { id: `warm-${index}` })));
  const before = await router.call<Memory>('memory');
  const watchers = await open(IDLE);
  const bare = await router.call<Memory>('memory');
  for (let from = 0; from < IDLE; from += 500)
    await Promise.all(
      watchers.slice(from, from + 500).map((watcher, index) => watcher.subscribe(JOB, { id: `idle-${from + index}` })),
    );
  const after = await router.call<Memory>('memory');
  const cpuBefore = await router.usage();
  await new Promise((resolve) => setTimeout(resolve, 15_000));
  const cpuAfter = await router.usage();
  for (const watcher of [...warm, ...watchers]) watcher.leave();
  const kb = (from: Memory, to: Memory, kind: keyof Memory) => (to[kind] - from[kind]) / IDLE / 1024;
  return [
    ['idle subscription with its socket, KB resident', kb(before, after, 'rss'), ''],
    ['idle subscription with its socket, KB in use', kb(before, after, 'used'), '< 20'],
    ['idle subscription alone, KB in use', kb(bare, after, 'used'), ''],
    [`CPU of ${IDLE} idle subscriptions, cores`, (cpuAfter.cpuMs - cpuBefore.cpuMs) / 15_000, ''],
  ];
}

interface Memory {
  readonly rss: number;
  readonly used: number;
}

async function measureEqual(router: Child, open: Open): Promise<Row[]> {
  const watchers = await open(EQUAL);
  await Promise.all(watchers.map((watcher) => watcher.subscribe(JOB, { id: 'equal' })));
  const [delays, reads]: [number[], number[]] = [[], []];
  for (let change = 0; change < CHANGES; change += 1) {
    const arrivals = watchers.map((watcher) => watcher.next());
    const { at, reads: before } = await router.call<{ at: number; reads: number }>('change');
    const arrived = await Promise.all(arrivals);
    delays.push(...arrived.map((arrival) => arrival.at - at));
    reads.push((await router.call<number>('reads')) - before);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  for (const watcher of watchers) watcher.leave();
  return [
    [`reads for one change to ${EQUAL} equal subscribers, most`, Math.max(...reads), '1'],
    ['wake-up to client, ms, median', quantile(delays, 0.5), ''],
    ['wake-up to client, ms, p95', quantile(delays, 0.95), '< 50'],
  ];
}

async function measureReturn(router: Child, open: Open): Promise<Row[]> {
  const watchers = await open(EQUAL);
  await Promise.all(watchers.map((watcher) => watcher.subscribe(FEED)));
  for (const watcher of watchers) watcher.leave();
  await router.call('record', MISSED);
  const begunAt = performance.now();
  const back = await open(EQUAL);
  const received = await Promise.all(back.map((watcher) => readAll(watcher)));
  const seconds = (performance.now() - begunAt) / 1_000;
  for (const watcher of back) watcher.leave();
  const complete = received.filter((sequences) => sequences.every((sequence, index) => sequence === index + 1)).length;
  return [
    [`${EQUAL} clients back with all that they missed, s`, seconds, '< 5'],
    ['of them with every event once and in order', complete, String(EQUAL)],
  ];
}

async function readAll(watcher: Watcher): Promise<number[]> {
  const sequences: number[] = [];
  let data = await watcher.subscribe(FEED);
  for (;;) {
    const { nodes } = data['events'] as { nodes: { sequence: number }[] };
    sequences.push(...nodes.map(({ sequence }) => sequence));
    if (sequences.length >= MISSED) return sequences;
    ({ data } = await watcher.next());
  }
}

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN;
}
