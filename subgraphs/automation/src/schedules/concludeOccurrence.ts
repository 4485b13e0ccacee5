import type { Unit } from '@opsconductor/events';
import type { OccurrenceStatus } from '../../generated/prisma/enums.ts';
import type { Context } from '../context.ts';
import type { Db } from '../executions/eventLog.ts';
import { OCCURRENCE_QUEUE } from './claimTicks.ts';
import { scheduleTopic } from './topics.ts';

export interface Conclusion {
  readonly status: Extract<OccurrenceStatus, 'SUCCEEDED' | 'UNSUCCESSFUL' | 'REFUSED'>;
  readonly reason?: string;
}

/**
 * Writes down how an occurrence ended, disables its schedule where that is wanted, and gives the next one that waits its
 * turn. Doing so twice is the same as once.
 */
export async function concludeOccurrence(
  { transact, clock }: Pick<Context, 'transact' | 'clock'>,
  occurrenceId: string,
  { status, reason }: Conclusion,
): Promise<void> {
  await transact(async (unit) => {
    const [schedule] = await unit.db.$queryRaw<LockedSchedule[]>`
      select id, name, pause_on_failure, is_enabled from schedules
      where id = (select schedule_id from occurrences where id = ${occurrenceId}::uuid) for update`;
    if (!schedule) return;
    const { count } = await unit.db.occurrence.updateMany({
      where: { id: occurrenceId, status: status === 'REFUSED' ? 'STARTING' : 'STARTED' },
      data: { status, reason: reason ?? null },
    });
    if (count === 0) return;
    unit.wake(scheduleTopic(schedule.id));
    if (status !== 'SUCCEEDED' && schedule.pause_on_failure && schedule.is_enabled)
      await pause(unit, schedule, reason ?? status, clock());
    await giveTurn(unit, schedule.id);
  });
}

interface LockedSchedule {
  readonly id: string;
  readonly name: string;
  readonly pause_on_failure: boolean;
  readonly is_enabled: boolean;
}

async function pause(unit: Unit<Db>, { id, name }: LockedSchedule, reason: string, now: Date): Promise<void> {
  await unit.db.schedule.update({ where: { id }, data: { isEnabled: false, pausedReason: reason, updatedAt: now } });
  await unit.db.occurrence.updateMany({
    where: { scheduleId: id, status: 'BUFFERED' },
    data: { status: 'SKIPPED', reason: 'The schedule was paused.' },
  });
  unit.emit({
    type: 'automation.schedule.paused',
    actorId: null,
    subject: { type: 'schedule', id },
    data: { name, reason },
  });
}

async function giveTurn(unit: Unit<Db>, scheduleId: string): Promise<void> {
  const isBusy = await unit.db.occurrence.findFirst({
    where: { scheduleId, status: { in: ['DUE', 'STARTING', 'STARTED'] } },
    select: { id: true },
  });
  if (isBusy) return;
  const next = await unit.db.occurrence.findFirst({
    where: { scheduleId, status: 'BUFFERED' },
    orderBy: { tick: 'asc' },
    select: { id: true },
  });
  if (!next) return;
  await unit.db.occurrence.update({ where: { id: next.id }, data: { status: 'DUE' } });
  unit.enqueue(OCCURRENCE_QUEUE, [{ occurrenceId: next.id }]);
}

/** The occurrence, if any, that an execution which has ended belongs to. */
export async function findOccurrenceOf(
  { prisma }: Pick<Context, 'prisma'>,
  executionId: string,
): Promise<string | undefined> {
  const occurrence = await prisma.occurrence.findFirst({
    where: { executionId, status: 'STARTED' },
    select: { id: true },
  });
  return occurrence?.id;
}
