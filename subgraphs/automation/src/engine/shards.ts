import type { JobQueue, LeasedJob, Transact } from '@opsconductor/events';
import { lockExecution } from '../executions/eventLog.ts';
import type { Db } from '../executions/eventLog.ts';
import { isEnded } from '../executions/transitions.ts';

export type ShardJob = LeasedJob<{ readonly shardId: string }>;

export interface ClaimedTask {
  readonly id: string;
  readonly targetId: string;
  readonly attempt: number;
}

export interface ClaimedShard {
  readonly executionId: string;
  readonly requestId: string;
  readonly command: string;
  readonly timeoutSeconds: number;
  /** Written with every change: a later lease has another one, and then nothing more is accepted from this one. */
  readonly fence: string;
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
 * whether its command ran to an end; what was never begun is ours to run, in a new attempt.
 * @returns undefined when there is nothing of it left to do
 * @throws {LeaseLost} when a later lease has claimed it before
 */
export async function claimShard(
  transact: Transact<Db>,
  { id, retryCount, data: { shardId } }: ShardJob,
  now: Date,
): Promise<ClaimedShard | undefined> {
  const fence = `${id}:${retryCount}`;
  return transact(async (unit) => {
    const shard = await unit.db.shard.findUnique({ where: { id: shardId } });
    const execution = shard && (await lockExecution(unit, shard.executionId, now));
    if (!shard || !execution || isEnded(execution.status)) return undefined;
    const attempt = retryCount + 1;
    // Held up between fetch and claim for longer than its lease: what runs now is the later one's.
    if (await unit.db.task.findFirst({ where: { shardId, attempt: { gt: attempt } }, select: { id: true } }))
      throw new LeaseLost(shardId);
    const abandoned = await unit.db.task.updateManyAndReturn({
      where: { shardId, status: 'RUNNING' },
      data: {
        status: 'UNKNOWN',
        finishedAt: now,
        reason: 'The executor that ran the command went away; how the command ended is not known.',
      },
      select: { id: true },
    });
    for (const task of abandoned) execution.taskBecame(task.id, 'UNKNOWN');
    execution.tasksEnded(abandoned.length);
    const tasks = await unit.db.task.updateManyAndReturn({
      where: { shardId, status: 'PENDING' },
      data: { fence, attempt },
      select: { id: true, targetId: true, attempt: true },
    });
    if (execution.status === 'PENDING' && tasks.length > 0) execution.become('RUNNING');
    await execution.save();
    if (tasks.length === 0) return undefined;
    const { command, timeoutSeconds, requestId } = await unit.db.execution.findUniqueOrThrow({
      where: { id: execution.id },
      select: { command: true, timeoutSeconds: true, requestId: true },
    });
    return { executionId: execution.id, requestId, command, timeoutSeconds, fence, tasks };
  });
}

/**
 * Settles the job of a shard whose tasks have all ended.
 * @throws {LeaseLost} when the job is somebody else's now
 */
export async function finishShard(transact: Transact<Db>, queue: JobQueue, job: ShardJob, now: Date): Promise<void> {
  const { shardId } = job.data;
  await transact(async (unit) => {
    if (!(await queue.complete(unit.db, 'automation.shard', [job]))) throw new LeaseLost(shardId);
    await unit.db.shard.updateMany({ where: { id: shardId, finishedAt: null }, data: { finishedAt: now } });
  });
}
