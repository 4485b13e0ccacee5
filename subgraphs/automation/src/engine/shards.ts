import type { JobQueue, LeasedJob, QueueName, Transact } from '@opsconductor/events';
import type { Shard, Step } from '../../generated/prisma/client.ts';
import { lockExecution } from '../executions/eventLog.ts';
import type { Db, LockedExecution } from '../executions/eventLog.ts';
import { isEnded } from '../executions/transitions.ts';
import { advanceSoon } from './advance.ts';
import type { TargetNode } from './nodes/targetKinds.ts';
import { openShards, recordEnds } from './targetSteps.ts';

export type ShardJob = LeasedJob<{ readonly shardId: string; readonly round?: number }>;

/** So many executors may die with a shard in their hands; then it is not given to another one. */
const DEATHS_LIMIT = 3;

export interface ClaimedTask {
  readonly id: string;
  readonly targetId: string;
  readonly targetName: string;
  readonly attempt: number;
}

export interface ClaimedShard {
  readonly executionId: string;
  readonly stepId: string;
  readonly requestId: string;
  /** Of an ad-hoc command; else null. */
  readonly command: string | null;
  /** The node of a workflow that is run; undefined for an ad-hoc command. */
  readonly node: TargetNode | undefined;
  /** Where in the workflow: the iteration of a for-each. */
  readonly scope: string;
  readonly timeoutSeconds: number;
  /** Written with every change: a later lease has another one, and then nothing more is accepted from this one. */
  readonly fence: string;
  /** Tasks at once. */
  readonly width: number;
  /** What is left to run. */
  readonly tasks: readonly ClaimedTask[];
}

/** The lease is not held any more: somebody else has the shard now. */
export class LeaseLost extends Error {
  constructor(shardId: string) {
    super(`The lease of shard ${shardId} is lost.`);
    this.name = 'LeaseLost';
  }
}

/**
 * Takes a shard over under this lease. What an earlier holder left RUNNING becomes UNKNOWN, because nobody can say
 * whether its command ran to an end, or is run again where the step says that it may be; what was never begun is ours to
 * run, in a new attempt. A shard whose holders keep dying is not run any more.
 * @returns undefined when there is nothing of it left to do
 * @throws {LeaseLost} when a later lease has claimed it before
 */
export async function claimShard(
  transact: Transact<Db>,
  { id, retryCount, data: { shardId, round } }: ShardJob,
  now: Date,
): Promise<ClaimedShard | undefined> {
  const fence = `${id}:${retryCount}`;
  return transact(async (unit) => {
    const place = await unit.db.shard.findUnique({ where: { id: shardId }, select: { executionId: true } });
    const execution = place && (await lockExecution(unit, place.executionId, now));
    if (!execution || isEnded(execution.status)) return undefined;
    const shard = await unit.db.shard.findUniqueOrThrow({ where: { id: shardId }, include: { step: true } });
    if (shard.finishedAt || shard.round !== (round ?? 0)) return undefined;
    // Held up between fetch and claim for longer than its lease: what runs now is the later one's.
    if (shard.holder !== null && isLater(shard.holder, id, retryCount)) throw new LeaseLost(shardId);
    const deaths = shard.deaths + (shard.isHeld && shard.holder !== fence ? 1 : 0);
    const attempt = shard.leases + 1;
    await unit.db.shard.update({
      where: { id: shardId },
      data: { holder: fence, isHeld: true, leases: attempt, deaths },
    });
    const ended =
      (await endAbandoned(execution, shard)) + (deaths >= DEATHS_LIMIT ? await quarantine(execution, shard) : 0);
    if (await recordEnds(execution, shard.stepId, ended, ended)) await advanceSoon(execution);
    const tasks = await unit.db.task.updateManyAndReturn({
      where: { shardId, status: 'PENDING' },
      data: { fence, attempt },
      select: { id: true, targetId: true, targetName: true, attempt: true },
    });
    if (execution.status === 'PENDING' && tasks.length > 0) execution.become('RUNNING');
    await execution.save();
    if (tasks.length === 0 || execution.status === 'PAUSED') return undefined;
    return { ...(await describeWork(unit.db, execution.id, shard.step)), fence, tasks };
  });
}

/** Whether a holder has a later lease of the same job than the one that is given. */
function isLater(holder: string, jobId: string, retryCount: number): boolean {
  const [heldJob, heldCount] = holder.split(':');
  return heldJob === jobId && Number(heldCount) > retryCount;
}

type HeldShard = Shard & { readonly step: Step };

function isSafeToRepeat({ state }: Step): boolean {
  return (state as { node?: TargetNode } | null)?.node?.safeToRepeat === true;
}

/** @returns how many tasks have ended by it */
async function endAbandoned(execution: LockedExecution, shard: HeldShard): Promise<number> {
  const { db } = execution.unit;
  const where = { shardId: shard.id, status: 'RUNNING' } as const;
  if (isSafeToRepeat(shard.step)) {
    const again = await db.task.updateManyAndReturn({ where, data: { status: 'PENDING' }, select: { id: true } });
    for (const task of again) execution.taskBecame(task.id, 'PENDING');
    return 0;
  }
  const reason = 'The executor that ran the command went away; how the command ended is not known.';
  const data = { status: 'UNKNOWN', finishedAt: execution.now, reason } as const;
  const abandoned = await db.task.updateManyAndReturn({ where, data, select: { id: true } });
  for (const task of abandoned) execution.taskBecame(task.id, 'UNKNOWN');
  return abandoned.length;
}

/** Poison: what is in it may be what kills. @returns how many tasks have ended by it */
async function quarantine(execution: LockedExecution, shard: HeldShard): Promise<number> {
  const reason = `Not begun: ${DEATHS_LIMIT} executors went away while they held this part of the step.`;
  const ended = await execution.unit.db.task.updateManyAndReturn({
    where: { shardId: shard.id, status: 'PENDING' },
    data: { status: 'FAILED', finishedAt: execution.now, reason },
    select: { id: true },
  });
  for (const task of ended) execution.taskBecame(task.id, 'FAILED');
  return ended.length;
}

async function describeWork(db: Db, executionId: string, { id: stepId, scope, state, width }: Step) {
  const { command, timeoutSeconds, requestId } = await db.execution.findUniqueOrThrow({
    where: { id: executionId },
    select: { command: true, timeoutSeconds: true, requestId: true },
  });
  const { node } = (state ?? {}) as { node?: TargetNode };
  return {
    executionId,
    stepId,
    requestId,
    command,
    node,
    scope,
    width,
    timeoutSeconds: node?.timeoutSeconds ?? timeoutSeconds,
  };
}

/**
 * Settles the job of a shard, and gives out the next one of its batch. What has not been begun (the execution was
 * paused) is given out again later.
 * @throws {LeaseLost} when the job is somebody else's now
 */
export async function finishShard(
  transact: Transact<Db>,
  queue: JobQueue,
  job: ShardJob,
  now: Date,
  name: QueueName = 'automation.shard',
): Promise<void> {
  const { shardId, round } = job.data;
  await transact(async (unit) => {
    if (!(await queue.complete(unit.db, name, [job]))) throw new LeaseLost(shardId);
    const shard = await unit.db.shard.findUnique({ where: { id: shardId } });
    if (!shard || shard.finishedAt || shard.round !== (round ?? 0)) return;
    const execution = await lockExecution(unit, shard.executionId, now);
    if (!execution) return;
    const waiting = await unit.db.task.count({ where: { shardId, status: 'PENDING' } });
    await unit.db.shard.update({
      where: { id: shardId },
      data: { isHeld: false, ...(waiting > 0 ? { isOpen: false } : { finishedAt: now }) },
    });
    if (execution.status !== 'PAUSED' && !isEnded(execution.status)) await openShards(execution, shard.stepId);
    await execution.save();
  });
}

/** Says that a holder lives and gives its shard back: that it is claimed again is nobody's death. */
export async function giveBackShard(transact: Transact<Db>, { id, retryCount, data }: ShardJob): Promise<void> {
  await transact(async ({ db }) => {
    await db.shard.updateMany({ where: { id: data.shardId, holder: `${id}:${retryCount}` }, data: { isHeld: false } });
  });
}
