import type { WakeUps } from '@opsconductor/events';
import type { PrismaClient } from '../../generated/prisma/client.ts';
import type { StepCatalogue } from '../libraries/stepCatalogue.ts';
import type { Work } from '../ssh/work.ts';
import type { Expressions } from './expressions.ts';
import { holdPlaces, placesOf } from './holds.ts';
import { fanOutOf } from './nodes/targetKinds.ts';
import type { ClaimedShard, ClaimedTask } from './shards.ts';
import { readTaskScopes } from './taskScopes.ts';
import { workOf } from './work/workOf.ts';

/** What the tasks of a shard do, made for each when its turn has come. */
export interface ShardWork {
  /** @throws a fault of the node or of an expression in it */
  prepare(task: ClaimedTask): Promise<Work>;
  /** Waits for the places that the task needs. @returns a function that gives them back */
  hold(task: ClaimedTask, signal: AbortSignal): Promise<() => Promise<void>>;
}

export interface ShardWorkDeps {
  readonly prisma: PrismaClient;
  readonly wakeUps: WakeUps;
  readonly expressions: Expressions;
  readonly steps: StepCatalogue;
}

const nothingHeld = async (): Promise<void> => undefined;

/** Reads what expressions in it see, as it was when the shard was claimed. */
export async function readShardWork(deps: ShardWorkDeps, shard: ClaimedShard): Promise<ShardWork> {
  const { prisma, expressions, steps } = deps;
  const { command, node } = shard;
  if (!node) return { prepare: async () => ({ script: command ?? '' }), hold: async () => nothingHeld };
  const scopes = hasTemplates(node) ? await readTaskScopes(prisma, shard) : () => ({});
  return {
    prepare: ({ targetId }) => workOf(node, steps, expressions, scopes(targetId)),
    hold: await readHolds(deps, shard),
  };
}

async function readHolds({ prisma, wakeUps }: ShardWorkDeps, { node, executionId, tasks }: ClaimedShard) {
  const fanOut = node ? fanOutOf(node) : {};
  if (!fanOut.lockTarget && !fanOut.limitPerLabel) return async () => nothingHeld;
  const rows = await prisma.executionTarget.findMany({
    where: { executionId, targetId: { in: tasks.map(({ targetId }) => targetId) } },
    select: { targetId: true, labels: true },
  });
  const labels = new Map(rows.map((row) => [row.targetId, (row.labels ?? {}) as Record<string, string>]));
  return async ({ id, targetId }: ClaimedTask, signal: AbortSignal) => {
    const places = placesOf(fanOut, targetId, labels.get(targetId) ?? {});
    return places.length > 0 ? holdPlaces(prisma, wakeUps, id, places, signal) : nothingHeld;
  };
}

function hasTemplates(node: object): boolean {
  return JSON.stringify(node).includes('${{');
}
