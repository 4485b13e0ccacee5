/** How a step spreads over its targets: pure, so that an execution that is started again from its rows plans the same. */
import { createHash } from 'node:crypto';
import type { FanOut } from '../../workflows/definition.ts';

export interface FanOutTarget {
  readonly targetId: string;
  readonly name: string;
  readonly position: number;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * The batches in which targets take their turn.
 * @param seed of the order `random`
 */
export function planBatches(
  targets: readonly FanOutTarget[],
  fanOut: FanOut,
  seed: string,
): readonly (readonly FanOutTarget[])[] {
  const ordered = spread(order(targets, fanOut.order ?? 'inventory', seed), fanOut.spreadBy);
  const chosen = fanOut.runOnce ? ordered.slice(0, 1) : ordered;
  if (chosen.length === 0) return [];
  const canary = Math.min(fanOut.canary ?? 0, chosen.length);
  const rest = cut(chosen.slice(canary), fanOut.batches);
  return canary > 0 ? [chosen.slice(0, canary), ...rest] : rest;
}

/** How many failures a batch may have; undefined when the batch itself sets no limit. */
export function batchLimitOf({ canary, maxFailures }: FanOut, batch: number, size: number): number | undefined {
  if (canary !== undefined && canary > 0 && batch === 0) return 0;
  return maxFailures?.over === 'batch' ? sizeOf(maxFailures.limit, size, Math.floor) : undefined;
}

/** How many failures the step may have; undefined when there is no limit over the whole of it. */
export function stepLimitOf({ maxFailures }: FanOut, targets: number): number | undefined {
  return maxFailures?.over === 'step' ? sizeOf(maxFailures.limit, targets, Math.floor) : undefined;
}

/** Shards that are open at once and tasks that each runs at once: together at most the step's concurrency. */
export interface Lanes {
  readonly lanes: number;
  readonly width: number;
  readonly shardSize: number;
}

const SHARD_LIMIT = 50;
const LANES_LIMIT = 16;

export function planLanes(largestBatch: number, concurrency: number | undefined): Lanes {
  if (concurrency === undefined || concurrency >= largestBatch) {
    // Small steps stay in few shards, large ones spread over all executors.
    const shardSize = Math.min(SHARD_LIMIT, Math.max(5, Math.ceil(largestBatch / 16)));
    return { lanes: Math.max(1, Math.ceil(largestBatch / shardSize)), width: shardSize, shardSize };
  }
  const fewest = Math.max(1, Math.ceil(concurrency / SHARD_LIMIT));
  const candidates = Array.from({ length: Math.min(concurrency, fewest + LANES_LIMIT) - fewest + 1 }, (_, index) => {
    const lanes = fewest + index;
    return { lanes, width: Math.floor(concurrency / lanes) };
  });
  const most = Math.max(...candidates.map(({ lanes, width }) => lanes * width));
  // Two lanes where it costs nothing: two executors share the work.
  const full = candidates.filter(({ lanes, width }) => lanes * width === most);
  const { lanes, width } = full.find((candidate) => candidate.lanes >= 2) ?? full[0] ?? { lanes: 1, width: 1 };
  return { lanes, width, shardSize: Math.min(SHARD_LIMIT, Math.max(width, Math.ceil(largestBatch / (lanes * 2)))) };
}

export function cutIntoShards<Target>(targets: readonly Target[], size: number): Target[][] {
  return Array.from({ length: Math.ceil(targets.length / size) }, (_, index) =>
    targets.slice(index * size, (index + 1) * size),
  );
}

function order(targets: readonly FanOutTarget[], by: NonNullable<FanOut['order']>, seed: string): FanOutTarget[] {
  const inventory = [...targets].sort((one, other) => one.position - other.position);
  switch (by) {
    case 'inventory':
      return inventory;
    case 'reverse':
      return inventory.reverse();
    case 'name':
      return inventory.sort((one, other) => (one.name < other.name ? -1 : one.name > other.name ? 1 : 0));
    case 'random': {
      const keys = new Map(targets.map(({ targetId }) => [targetId, hash(`${seed} ${targetId}`)]));
      const keyOf = ({ targetId }: FanOutTarget) => keys.get(targetId) ?? '';
      return inventory.sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
    }
  }
}

/** Takes from each value of a label in turn: neighbours in the order differ in it for as long as they can. */
function spread(targets: FanOutTarget[], label: string | undefined): FanOutTarget[] {
  if (label === undefined) return targets;
  const groups = Map.groupBy(targets, ({ labels }) => labels[label] ?? '');
  const longest = Math.max(0, ...[...groups.values()].map((group) => group.length));
  return Array.from({ length: longest }, (_, index) =>
    [...groups.values()].flatMap((group) => group[index] ?? []),
  ).flat();
}

function cut(targets: readonly FanOutTarget[], sizes: FanOut['batches']): FanOutTarget[][] {
  if (!sizes || sizes.length === 0) return targets.length > 0 ? [[...targets]] : [];
  const batches: FanOutTarget[][] = [];
  for (let start = 0; start < targets.length;) {
    const size = Math.max(1, sizeOf(sizes[Math.min(batches.length, sizes.length - 1)] ?? 1, targets.length, Math.ceil));
    batches.push(targets.slice(start, start + size));
    start += size;
  }
  return batches;
}

/** `10` is ten, `"25%"` a quarter. */
function sizeOf(size: number | string, total: number, round: (value: number) => number): number {
  if (typeof size === 'number') return Math.max(0, Math.floor(size));
  const percent = Number.parseFloat(size);
  return Number.isFinite(percent) ? Math.max(0, round((total * percent) / 100)) : 0;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
