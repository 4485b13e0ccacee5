import { randomUUID } from 'node:crypto';
import type { Transact, Unit } from '@opsconductor/events';
import type { Log } from '@opsconductor/telemetry';
import { Prisma } from '../../generated/prisma/client.ts';
import type { Calendar, PrismaClient, Schedule } from '../../generated/prisma/client.ts';
import type { Db } from '../executions/eventLog.ts';
import { findDueTicks } from './dueTicks.ts';
import type { DueTicks } from './dueTicks.ts';
import { planOf } from './plan.ts';
import { SCHEDULES_TOPIC, scheduleTopic } from './topics.ts';

export const OCCURRENCE_QUEUE = 'automation.occurrence';
/** Schedules that one transaction looks at. */
const BATCH = 100;

interface Claimed {
  readonly schedule: Schedule;
  readonly ticks: DueTicks;
}

/**
 * Claims what is due: records an occurrence for each tick that has come, hands it to whoever fires it, and moves the
 * schedules on, in one transaction. Any number of processes may do so at once: a schedule is locked by one of them, and a
 * tick has one occurrence whoever calculates it again.
 * @returns how many schedules were due; as many as a batch holds means that there may be more
 */
export async function claimTicks(transact: Transact<Db>, now: Date, log: Log): Promise<{ isComplete: boolean }> {
  return transact(async (unit) => {
    const locked = await unit.db.$queryRaw<{ id: string }[]>`
      select id from schedules where is_enabled and next_fires_at <= ${now}
      order by next_fires_at limit ${BATCH} for update skip locked`;
    if (locked.length === 0) return { isComplete: true };
    const rows = await unit.db.schedule.findMany({
      where: { id: { in: locked.map(({ id }) => id) } },
      include: { calendars: { select: { calendar: true } } },
    });
    const claimed: Claimed[] = [];
    for (const { calendars, ...schedule } of rows) {
      const ticks = decide(
        schedule,
        calendars.map(({ calendar }) => calendar),
        now,
        log,
      );
      if (ticks) claimed.push({ schedule, ticks });
      else await disable(unit, schedule, now);
    }
    await record(unit, claimed, now);
    return { isComplete: locked.length < BATCH };
  });
}

/** @returns undefined when the timing cannot be calculated: it was when it was saved */
function decide(schedule: Schedule, calendars: Calendar[], now: Date, log: Log): DueTicks | undefined {
  try {
    return schedule.nextTick
      ? findDueTicks(planOf(schedule, calendars), schedule, schedule.nextTick, now)
      : { due: [], passed: [], next: undefined };
  } catch (error) {
    log.error({ err: error, schedule: schedule.id }, 'schedule.timing.failed');
    return undefined;
  }
}

async function disable(unit: Unit<Db>, { id, name }: Schedule, now: Date): Promise<void> {
  const pausedReason = 'The next time of its timing, or of one of its calendars, cannot be calculated.';
  await unit.db.schedule.update({ where: { id }, data: { isEnabled: false, pausedReason, updatedAt: now } });
  unit.emit({ type: 'automation.schedule.paused', actorId: null, subject: { type: 'schedule', id }, data: { name } });
  unit.wake(scheduleTopic(id));
}

async function record(unit: Unit<Db>, claimed: readonly Claimed[], now: Date): Promise<void> {
  const occurrences = claimed.flatMap(({ schedule, ticks: { due, passed } }) => [
    ...due.map((firing) => ({ ...firing, scheduleId: schedule.id, status: 'DUE' as const, reason: null })),
    ...passed.map((firing) => ({ ...firing, scheduleId: schedule.id })),
  ]);
  const recorded = await unit.db.occurrence.createManyAndReturn({
    data: occurrences.map((occurrence) => ({ id: randomUUID(), ...occurrence, claimedAt: now })),
    skipDuplicates: true,
    select: { id: true, status: true },
  });
  const due = recorded.filter(({ status }) => status === 'DUE').map(({ id }) => ({ occurrenceId: id }));
  if (due.length > 0) unit.enqueue(OCCURRENCE_QUEUE, due);
  await moveOn(unit.db, claimed);
  for (const { schedule } of claimed) unit.wake(scheduleTopic(schedule.id));
  unit.wake(SCHEDULES_TOPIC);
}

/** All schedules in one statement. */
async function moveOn(db: Db, claimed: readonly Claimed[]): Promise<void> {
  const rows = claimed.map(({ schedule, ticks: { next } }) => ({
    id: schedule.id,
    tick: next?.tick.toISOString() ?? null,
    fires_at: next?.firesAt.toISOString() ?? null,
  }));
  await db.$executeRaw(Prisma.sql`
    update schedules set next_tick = moved.tick, next_fires_at = moved.fires_at
    from json_to_recordset(${JSON.stringify(rows)}::json) as moved (id uuid, tick timestamptz, fires_at timestamptz)
    where schedules.id = moved.id`);
}

/** When the next schedule is due; undefined when none is. */
export async function findNextFiring(prisma: PrismaClient): Promise<Date | undefined> {
  const next = await prisma.schedule.findFirst({
    where: { isEnabled: true, nextFiresAt: { not: null } },
    orderBy: { nextFiresAt: 'asc' },
    select: { nextFiresAt: true },
  });
  return next?.nextFiresAt ?? undefined;
}
