/**
 * Steps on targets: how one is opened, how its batches and shards follow each other, and how it ends. Everything here
 * happens under the lock of the execution's row.
 */
import { labelledQueue } from '@opsconductor/events';
import { v7 as newId } from 'uuid';
import { Prisma } from '../../generated/prisma/client.ts';
import type { Step } from '../../generated/prisma/client.ts';
import type { StepStatus, TaskStatus } from '../../generated/prisma/enums.ts';
import type { LockedExecution } from '../executions/eventLog.ts';
import { concludeStep, failedTaskEnds } from '../executions/transitions.ts';
import type { FanOut } from '../workflows/definition.ts';
import { batchLimitOf, cutIntoShards, planBatches, planLanes, stepLimitOf } from './fanOut/planFanOut.ts';
import type { FanOutTarget } from './fanOut/planFanOut.ts';

/** @returns whether there is anything to do: false when no target takes part */
export async function openTargetStep(
  execution: LockedExecution,
  stepId: string,
  targets: readonly FanOutTarget[],
  fanOut: FanOut,
): Promise<boolean> {
  const batches = planBatches(targets, fanOut, stepId);
  if (batches.length === 0) return false;
  const { lanes, width, shardSize } = planLanes(Math.max(...batches.map(({ length }) => length)), fanOut.concurrency);
  const shards = batches.flatMap((members, batch) =>
    cutIntoShards(members, shardSize).map((part, ordinal) => ({ id: newId(), batch, ordinal, part })),
  );
  const { db } = execution.unit;
  await db.shard.createMany({
    data: shards.map(({ id, batch, ordinal }) => ({ id, executionId: execution.id, stepId, batch, ordinal })),
  });
  await insertTasks(
    execution,
    stepId,
    shards.flatMap(({ id, batch, part }) =>
      part.map(({ targetId, name }) => ({ id: newId(), shard_id: id, batch, target_id: targetId, target_name: name })),
    ),
  );
  await db.step.update({
    where: { id: stepId },
    data: {
      batches: batches.length,
      lanes,
      width,
      failureLimit:
        stepLimitOf(
          fanOut,
          batches.reduce((sum, { length }) => sum + length, 0),
        ) ?? null,
    },
    select: { id: true },
  });
  await openBatch(execution, stepId, 0, fanOut);
  return true;
}

interface NewTask {
  readonly id: string;
  readonly shard_id: string;
  readonly batch: number;
  readonly target_id: string;
  readonly target_name: string;
}

/** Thousands in one statement, without a parameter for each value. */
async function insertTasks(execution: LockedExecution, stepId: string, tasks: readonly NewTask[]): Promise<void> {
  await execution.unit.db.$executeRaw(Prisma.sql`
    insert into tasks (id, execution_id, step_id, shard_id, batch, target_id, target_name)
    select id, ${execution.id}::uuid, ${stepId}::uuid, shard_id, batch, target_id, target_name
    from json_to_recordset(${JSON.stringify(tasks)}::json)
      as task (id uuid, shard_id uuid, batch int, target_id uuid, target_name text)`);
}

async function openBatch(execution: LockedExecution, stepId: string, batch: number, fanOut: FanOut): Promise<void> {
  const { db } = execution.unit;
  const size = await db.task.count({ where: { stepId, batch, status: 'PENDING' } });
  await db.step.update({
    where: { id: stepId },
    data: { batch, remaining: size, batchFailed: 0, batchLimit: batchLimitOf(fanOut, batch, size) ?? null },
    select: { id: true },
  });
  await openShards(execution, stepId);
}

/**
 * Gives out shards of the open batch for as many lanes as are free. Says the same however often it is asked.
 */
export async function openShards(execution: LockedExecution, stepId: string): Promise<void> {
  const opened = await execution.unit.db.$queryRaw<{ id: string; round: number }[]>(Prisma.sql`
    update shards set is_open = true, round = round + 1
    where id in (
      select shard.id
      from shards as shard join steps as step on step.id = shard.step_id
      where step.id = ${stepId}::uuid and step.status = 'RUNNING' and shard.batch = step.batch
        and not shard.is_open and shard.finished_at is null
        and exists (select from tasks where tasks.shard_id = shard.id and tasks.status = 'PENDING')
      order by shard.ordinal
      limit (
        select greatest(step.lanes - count(other.id), 0)
        from steps as step left join shards as other
          on other.step_id = step.id and other.batch = step.batch and other.is_open and other.finished_at is null
        where step.id = ${stepId}::uuid group by step.lanes
      )
    )
    returning id, round`);
  execution.unit.enqueue(
    labelledQueue('automation.shard', execution.row.executorLabel),
    opened.map(({ id, round }) => ({ shardId: id, round })),
    execution.row.priority,
  );
}

interface Progress {
  readonly remaining: number;
  readonly batch: number;
  readonly failed: number;
  readonly batchFailed: number;
  readonly failureLimit: number | null;
  readonly batchLimit: number | null;
  readonly isHalted: boolean;
}

/**
 * Counts tasks of the open batch that have just ended. When more failed than may, what has not been begun is skipped.
 * @returns whether the batch is at its end, so that the execution has to be looked at
 */
export async function recordEnds(
  execution: LockedExecution,
  stepId: string,
  ended: number,
  failed: number,
): Promise<boolean> {
  if (ended === 0) return false;
  const [progress] = await execution.unit.db.$queryRaw<Progress[]>(Prisma.sql`
    update steps set remaining = remaining - ${ended}::int, failed = failed + ${failed}::int,
      batch_failed = batch_failed + ${failed}::int
    where id = ${stepId}::uuid
    returning remaining, batch, failed, batch_failed as "batchFailed", failure_limit as "failureLimit",
      batch_limit as "batchLimit", is_halted as "isHalted"`);
  if (!progress) return false;
  const isOver = exceeds(progress.failed, progress.failureLimit) || exceeds(progress.batchFailed, progress.batchLimit);
  const skipped = isOver && !progress.isHalted ? await haltStep(execution, stepId, progress.batch) : 0;
  return progress.remaining - skipped === 0;
}

function exceeds(failures: number, limit: number | null): boolean {
  return limit !== null && failures > limit;
}

/** Skips what has not been begun. @returns how many tasks of the open batch that were */
export async function haltStep(execution: LockedExecution, stepId: string, batch: number): Promise<number> {
  const { db } = execution.unit;
  const skipped = await db.task.updateManyAndReturn({
    where: { stepId, status: 'PENDING' },
    data: {
      status: 'SKIPPED',
      finishedAt: execution.now,
      reason: 'Not begun: more tasks of the step failed than may.',
    },
    select: { id: true, batch: true },
  });
  for (const { id } of skipped) execution.taskBecame(id, 'SKIPPED');
  const ofBatch = skipped.filter((task) => task.batch === batch).length;
  await db.step.update({
    where: { id: stepId },
    data: { isHalted: true, remaining: { decrement: ofBatch } },
    select: { id: true },
  });
  return ofBatch;
}

export interface StepEnd {
  readonly status: StepStatus;
  readonly outputs?: Prisma.InputJsonValue;
  readonly reason?: string;
}

/**
 * What follows when no task of the open batch is left: the next batch, or the step's end.
 * @returns undefined when the next batch was opened
 */
export async function endBatch(execution: LockedExecution, step: Step, fanOut: FanOut): Promise<StepEnd | undefined> {
  const isCancelling = execution.status === 'CANCELLING';
  const hasNext = step.batch + 1 < step.batches;
  if (hasNext && !step.isHalted && !isCancelling) {
    if (!(await hasLostBatch(execution, step, fanOut))) {
      await openBatch(execution, step.id, step.batch + 1, fanOut);
      return undefined;
    }
    await haltStep(execution, step.id, step.batch);
  }
  const counts = await countTasks(execution, step.id);
  const status = concludeStep(counts, isCancelling, toleratedBy(step, fanOut));
  if (status === 'SUCCEEDED') await leaveOut(execution, step.id);
  const outputs = await firstOutputs(execution, step.id);
  return { status, ...outputs, ...(status !== 'SUCCEEDED' && { reason: describe(counts) }) };
}

/** Without a limit of its own, a rolling step ends at a batch of which nothing succeeded. */
async function hasLostBatch(execution: LockedExecution, step: Step, { maxFailures }: FanOut): Promise<boolean> {
  if (maxFailures || step.batchFailed === 0) return false;
  const { id: stepId, batch } = step;
  const succeeded = await execution.unit.db.task.findFirst({
    where: { stepId, batch, status: 'SUCCEEDED' },
    select: { id: true },
  });
  return succeeded === null;
}

/** What was not exceeded is tolerated: else the step had been halted. */
function toleratedBy({ isHalted, failureLimit }: Step, { maxFailures }: FanOut): number {
  if (isHalted || !maxFailures) return 0;
  return maxFailures.over === 'batch' ? Number.POSITIVE_INFINITY : (failureLimit ?? 0);
}

async function countTasks({ unit }: LockedExecution, stepId: string): Promise<Partial<Record<TaskStatus, number>>> {
  const groups = await unit.db.task.groupBy({ by: ['status'], where: { stepId }, _count: { _all: true } });
  return Object.fromEntries(groups.map(({ status, _count }) => [status, _count._all]));
}

/** The rest of the execution goes on without the targets on which a step failed that succeeded on enough others. */
async function leaveOut({ id, unit }: LockedExecution, stepId: string): Promise<void> {
  await unit.db.$executeRaw(Prisma.sql`
    update execution_targets as target set is_out = true from tasks
    where tasks.step_id = ${stepId}::uuid and tasks.status <> 'SUCCEEDED'
      and target.execution_id = ${id}::uuid and target.target_id = tasks.target_id`);
}

/** What expressions outside of a target see: the outputs of the first target that has some. */
async function firstOutputs({ unit }: LockedExecution, stepId: string): Promise<Pick<StepEnd, 'outputs'>> {
  const task = await unit.db.task.findFirst({
    where: { stepId, OR: [{ outputs: { not: Prisma.DbNull } }, { exitCode: { not: null } }] },
    orderBy: [{ batch: 'asc' }, { id: 'asc' }],
    select: { outputs: true, exitCode: true },
  });
  if (!task) return {};
  return { outputs: { values: task.outputs ?? {}, exitCode: task.exitCode } as Prisma.InputJsonObject };
}

function describe(counts: Partial<Record<TaskStatus, number>>): string {
  const parts = Object.entries(counts).map(([status, count]) => `${count} ${status}`);
  return `Tasks of the step: ${parts.join(', ')}.`;
}

export function isFailedEnd(status: TaskStatus): boolean {
  return (failedTaskEnds as readonly TaskStatus[]).includes(status);
}
