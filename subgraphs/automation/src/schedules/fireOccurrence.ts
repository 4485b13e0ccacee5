/** What a claimed tick becomes: see SPEC.md. Every step can be repeated, because whoever does it may die in the middle. */
import { Refusal } from '@opsconductor/subgraph';
import type { Viewer } from '@opsconductor/authz';
import type { Unit } from '@opsconductor/events';
import type { Execution, Occurrence, Schedule } from '../../generated/prisma/client.ts';
import type { Context } from '../context.ts';
import { cancelExecution } from '../executions/cancelExecution.ts';
import type { Db } from '../executions/eventLog.ts';
import { ExecutionAlreadyFinished, ExecutionNotFound } from '../executions/refusals.ts';
import { isEnded } from '../executions/transitions.ts';
import { concludeOccurrence } from './concludeOccurrence.ts';
import { startScheduled, viewerOf } from './scheduledStart.ts';
import { scheduleTopic } from './topics.ts';

/** Occurrences that wait for the end of an execution of one schedule. */
const BUFFER_LIMIT = 100;

export type ContextOf = (viewer: Viewer, requestId: string) => Context;

interface Turn {
  readonly occurrence: Occurrence;
  readonly schedule: Schedule;
  /** Executions that are to be cancelled before this occurrence gets its turn. */
  readonly toCancel: readonly string[];
}

/** Fires a tick that is due, or says why not. @throws what makes it worth trying again */
export async function fireOccurrence(contextOf: ContextOf, system: Context, occurrenceId: string): Promise<void> {
  const turn = await system.transact((unit) => takeTurn(unit, occurrenceId));
  if (!turn) return;
  const { occurrence, schedule, toCancel } = turn;
  const context = contextOf(viewerOf(schedule, system.clock()), `schedule ${schedule.id}`);
  for (const id of toCancel) await cancel(context, id);
  if (occurrence.status !== 'STARTING') return;
  const key = `schedule:${schedule.id}:${occurrence.tick.toISOString()}`;
  let execution: Execution;
  try {
    execution = await startScheduled(context, schedule, key);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    await concludeOccurrence(system, occurrence.id, { status: 'REFUSED', reason: error.message });
    return;
  }
  await system.transact(async (unit) => {
    await unit.db.occurrence.updateMany({
      where: { id: occurrence.id, status: 'STARTING' },
      data: { status: 'STARTED', executionId: execution.id, startedAt: system.clock() },
    });
    unit.wake(scheduleTopic(schedule.id));
  });
  if (await isToYield(system, schedule)) await cancel(context, execution.id);
  await concludeIfEnded(system, occurrence.id, execution.id);
}

/** A later tick may have come while this one was being started, when there was nothing to cancel yet. */
async function isToYield({ prisma }: Context, { id, overlapPolicy }: Schedule): Promise<boolean> {
  if (overlapPolicy !== 'CANCEL_OTHER') return false;
  return (await prisma.occurrence.count({ where: { scheduleId: id, status: 'BUFFERED' } })) > 0;
}

/** The end of an execution may have been told before it was written down whose execution it is. */
async function concludeIfEnded(system: Context, occurrenceId: string, executionId: string): Promise<void> {
  const execution = await system.prisma.execution.findUnique({ where: { id: executionId }, select: { status: true } });
  if (execution && isEnded(execution.status))
    await concludeOccurrence(system, occurrenceId, statusOfExecution(execution.status));
}

export function statusOfExecution(status: Execution['status']) {
  return status === 'SUCCEEDED'
    ? ({ status: 'SUCCEEDED' } as const)
    : ({ status: 'UNSUCCESSFUL', reason: `The execution ended ${status}.` } as const);
}

/** Decides under the lock of the schedule, so that two ticks never decide at once. */
async function takeTurn(unit: Unit<Db>, occurrenceId: string): Promise<Turn | undefined> {
  const { db } = unit;
  await db.$queryRaw`
    select id from schedules where id = (select schedule_id from occurrences where id = ${occurrenceId}::uuid) for update`;
  const found = await db.occurrence.findUnique({ where: { id: occurrenceId }, include: { schedule: true } });
  if (!found) return undefined;
  const { schedule, ...occurrence } = found;
  if (occurrence.status === 'STARTING') return { occurrence, schedule, toCancel: [] };
  if (occurrence.status !== 'DUE') return undefined;
  unit.wake(scheduleTopic(schedule.id));
  const running = await findRunning(db, schedule, occurrence.tick);
  const become = async (status: Occurrence['status'], reason: string | null = null, toCancel: string[] = []) => {
    const changed = await db.occurrence.update({ where: { id: occurrenceId }, data: { status, reason } });
    return { occurrence: changed, schedule, toCancel };
  };
  if (schedule.overlapPolicy === 'ALLOW' || running.length === 0) return become('STARTING');
  if (schedule.overlapPolicy === 'SKIP')
    return become('SKIPPED', 'An earlier execution of the schedule has not ended.');
  if (schedule.overlapPolicy === 'CANCEL_OTHER') {
    await db.occurrence.updateMany({
      where: { scheduleId: schedule.id, status: 'BUFFERED' },
      data: { status: 'SKIPPED', reason: 'A later tick came before its turn.' },
    });
    return become(
      'BUFFERED',
      null,
      running.flatMap(({ executionId }) => executionId ?? []),
    );
  }
  const waiting = await db.occurrence.count({ where: { scheduleId: schedule.id, status: 'BUFFERED' } });
  const room = schedule.overlapPolicy === 'BUFFER_ONE' ? 1 : BUFFER_LIMIT;
  return waiting < room
    ? become('BUFFERED')
    : become('SKIPPED', `${waiting} earlier ticks wait for their turn already.`);
}

/**
 * Occurrences whose executions have not ended, or are being started, or are about to be because their tick came before.
 * Who cancels others does not wait for these: nothing of theirs runs yet.
 */
async function findRunning(
  db: Db,
  { id, overlapPolicy }: Schedule,
  tick: Date,
): Promise<Pick<Occurrence, 'executionId'>[]> {
  return db.occurrence.findMany({
    where: {
      scheduleId: id,
      OR: [
        { status: { in: ['STARTING', 'STARTED'] } },
        ...(overlapPolicy === 'CANCEL_OTHER' ? [] : [{ status: 'DUE' as const, tick: { lt: tick } }]),
      ],
    },
    select: { executionId: true },
  });
}

async function cancel(context: Context, executionId: string): Promise<void> {
  try {
    await cancelExecution(context, executionId);
  } catch (error) {
    if (!(error instanceof ExecutionAlreadyFinished) && !(error instanceof ExecutionNotFound)) throw error;
  }
}
