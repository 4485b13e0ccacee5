import { randomUUID } from 'node:crypto';
import { requirePermission } from '@opsconductor/authz';
import { readId } from '@opsconductor/subgraph';
import type { Unit } from '@opsconductor/events';
import type { Schedule } from '../../generated/prisma/client.ts';
import type { CreateScheduleInput, SwitchScheduleInput, UpdateScheduleInput } from '../../generated/graphql.ts';
import type { Context } from '../context.ts';
import type { Db } from '../executions/eventLog.ts';
import { nextColumns, planOf } from './plan.ts';
import { ScheduleChanged, ScheduleNotFound } from './refusals.ts';
import { readSettings } from './scheduleInput.ts';
import { asInvalidInput } from './timing/timingInput.ts';
import { SCHEDULES_TOPIC, scheduleTopic } from './topics.ts';

/** @throws {InvalidInput} {@link TargetNotFound} {@link Forbidden} without the permission to start what it starts */
export async function createSchedule(
  context: Context,
  { settings, isEnabled }: CreateScheduleInput,
): Promise<Schedule> {
  const { userId } = requireRights(context);
  const now = context.clock();
  const { columns, calendars } = await readSettings(context, settings, now);
  const id = randomUUID();
  const next = asInvalidInput('settings.timing', () => nextColumns(planOf({ id, ...columns }, calendars), now));
  return context.transact(async (unit) => {
    const schedule = await unit.db.schedule.create({
      data: {
        ...{ id, ...columns, ...next, isEnabled: isEnabled ?? true },
        ...{ savedById: userId, createdAt: now, updatedAt: now },
        calendars: { create: calendars.map((calendar) => ({ calendarId: calendar.id })) },
      },
    });
    announce(unit, context, 'created', schedule);
    return schedule;
  });
}

/** @throws {ScheduleNotFound} {@link ScheduleChanged} {@link InvalidInput} {@link TargetNotFound} */
export async function updateSchedule(
  context: Context,
  { id: named, version, settings }: UpdateScheduleInput,
): Promise<Schedule> {
  const { userId } = requireRights(context);
  const { prisma, clock } = context;
  const id = readId(named);
  const current = id && (await prisma.schedule.findUnique({ where: { id } }));
  if (!current) throw new ScheduleNotFound();
  const now = clock();
  const { columns, calendars } = await readSettings(context, settings, current.createdAt);
  const next = asInvalidInput('settings.timing', () => nextColumns(planOf({ id, ...columns }, calendars), now));
  return context.transact(async (unit) => {
    const { count } = await unit.db.schedule.updateMany({
      where: { id, version },
      data: { ...columns, ...next, savedById: userId, updatedAt: now, version: { increment: 1 } },
    });
    const schedule = await unit.db.schedule.findUnique({ where: { id } });
    if (!schedule) throw new ScheduleNotFound();
    if (count === 0) throw new ScheduleChanged(schedule);
    await unit.db.scheduleCalendar.deleteMany({ where: { scheduleId: id } });
    await unit.db.scheduleCalendar.createMany({
      data: calendars.map((calendar) => ({ scheduleId: id, calendarId: calendar.id })),
    });
    announce(unit, context, 'changed', schedule);
    return schedule;
  });
}

/** @throws {ScheduleNotFound} */
export async function deleteSchedule(context: Context, named: string): Promise<string> {
  requirePermission(context.viewer, 'schedule:write');
  const id = readId(named);
  if (id === undefined) throw new ScheduleNotFound();
  return context.transact(async (unit) => {
    const [schedule] = await unit.db.$queryRaw<{ name: string }[]>`
      delete from schedules where id = ${id}::uuid returning name`;
    if (!schedule) throw new ScheduleNotFound();
    announce(unit, context, 'deleted', { id, name: schedule.name });
    return id;
  });
}

/** @throws {ScheduleNotFound} */
export async function switchSchedule(
  context: Context,
  { id: named, isEnabled }: SwitchScheduleInput,
): Promise<Schedule> {
  const { userId } = requireRights(context);
  const id = readId(named);
  if (id === undefined) throw new ScheduleNotFound();
  return context.transact(async (unit) => {
    const current = await unit.db.schedule.findUnique({
      where: { id },
      include: { calendars: { select: { calendar: true } } },
    });
    if (!current) throw new ScheduleNotFound();
    const { calendars, ...before } = current;
    if (before.isEnabled === isEnabled) return before;
    const plan = planOf(
      before,
      calendars.map(({ calendar }) => calendar),
    );
    const schedule = await unit.db.schedule.update({
      where: { id },
      data: {
        ...{ isEnabled, pausedReason: null, updatedAt: context.clock(), ...nextColumns(plan, context.clock()) },
        ...(isEnabled && { savedById: userId }),
      },
    });
    announce(unit, context, isEnabled ? 'enabled' : 'disabled', schedule);
    return schedule;
  });
}

/** A schedule starts executions in the name of who saves or enables it: they may do so themselves. */
function requireRights({ viewer }: Context) {
  requirePermission(viewer, 'execution:start');
  return requirePermission(viewer, 'schedule:write');
}

function announce(
  unit: Unit<Db>,
  { viewer, requestId }: Context,
  verb: 'created' | 'changed' | 'deleted' | 'enabled' | 'disabled',
  { id, name }: { id: string; name: string },
): void {
  unit.emit({
    type: `automation.schedule.${verb}`,
    actorId: requirePermission(viewer, 'schedule:write').userId,
    requestId,
    subject: { type: 'schedule', id },
    data: { name },
  });
  unit.wake(scheduleTopic(id));
  unit.wake(SCHEDULES_TOPIC);
}
