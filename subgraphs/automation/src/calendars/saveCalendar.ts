import { requirePermission } from '@opsconductor/authz';
import { readId } from '@opsconductor/subgraph';
import type { Unit } from '@opsconductor/events';
import { Prisma } from '../../generated/prisma/client.ts';
import type { Calendar } from '../../generated/prisma/client.ts';
import type { CreateCalendarInput, UpdateCalendarInput } from '../../generated/graphql.ts';
import type { Context } from '../context.ts';
import type { Db } from '../executions/eventLog.ts';
import { nextColumns, planOf } from '../schedules/plan.ts';
import { CALENDARS_TOPIC, SCHEDULES_TOPIC, calendarTopic, scheduleTopic } from '../schedules/topics.ts';
import { readCalendarSettings } from './calendarInput.ts';
import { CalendarChanged, CalendarInUse, CalendarNameTaken, CalendarNotFound } from './refusals.ts';

/** @throws {InvalidInput} {@link CalendarNameTaken} */
export async function createCalendar(context: Context, { settings }: CreateCalendarInput): Promise<Calendar> {
  requirePermission(context.viewer, 'schedule:write');
  const now = context.clock();
  const columns = readCalendarSettings(settings, now);
  return refusingTakenName(columns.name, () =>
    context.transact(async (unit) => {
      const calendar = await unit.db.calendar.create({ data: { ...columns, createdAt: now, updatedAt: now } });
      announce(unit, context, 'created', calendar);
      return calendar;
    }),
  );
}

/** @throws {CalendarNotFound} {@link CalendarChanged} {@link CalendarNameTaken} {@link InvalidInput} */
export async function updateCalendar(
  context: Context,
  { id: named, version, settings }: UpdateCalendarInput,
): Promise<Calendar> {
  requirePermission(context.viewer, 'schedule:write');
  const now = context.clock();
  const id = readId(named);
  if (id === undefined) throw new CalendarNotFound();
  const columns = readCalendarSettings(settings, now);
  return refusingTakenName(columns.name, () =>
    context.transact(async (unit) => {
      const { count } = await unit.db.calendar.updateMany({
        where: { id, version },
        data: { ...columns, updatedAt: now, version: { increment: 1 } },
      });
      const calendar = await unit.db.calendar.findUnique({ where: { id } });
      if (!calendar) throw new CalendarNotFound();
      if (count === 0) throw new CalendarChanged(calendar);
      await lookAgain(unit, id, now);
      announce(unit, context, 'changed', calendar);
      return calendar;
    }),
  );
}

/** @throws {CalendarNotFound} {@link CalendarInUse} */
export async function deleteCalendar(context: Context, named: string): Promise<string> {
  requirePermission(context.viewer, 'schedule:write');
  const id = readId(named);
  if (id === undefined) throw new CalendarNotFound();
  return context.transact(async (unit) => {
    // Locked, so that no schedule takes it up in between.
    const [calendar] = await unit.db.$queryRaw<{ name: string }[]>`
      select name from calendars where id = ${id}::uuid for update`;
    if (!calendar) throw new CalendarNotFound();
    const schedules = await unit.db.schedule.findMany({
      where: { calendars: { some: { calendarId: id } } },
      orderBy: { name: 'asc' },
      take: 20,
    });
    if (schedules.length > 0) throw new CalendarInUse(schedules);
    await unit.db.calendar.delete({ where: { id } });
    announce(unit, context, 'deleted', { id, name: calendar.name });
    return id;
  });
}

/** Schedules that use the calendar may have passed ticks that it allows now: their next tick is looked for anew. */
async function lookAgain(unit: Unit<Db>, calendarId: string, now: Date): Promise<void> {
  const schedules = await unit.db.schedule.findMany({
    where: { isEnabled: true, nextTick: { gt: now }, calendars: { some: { calendarId } } },
    include: { calendars: { select: { calendar: true } } },
  });
  for (const { calendars, ...schedule } of schedules) {
    const plan = planOf(
      schedule,
      calendars.map(({ calendar }) => calendar),
    );
    await unit.db.schedule.updateMany({
      where: { id: schedule.id, nextTick: schedule.nextTick },
      data: nextColumns(plan, now),
    });
    unit.wake(scheduleTopic(schedule.id));
  }
  if (schedules.length > 0) unit.wake(SCHEDULES_TOPIC);
}

async function refusingTakenName<Result>(name: string, save: () => Promise<Result>): Promise<Result> {
  try {
    return await save();
  } catch (error) {
    if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002')
      throw new CalendarNameTaken(name);
    throw error;
  }
}

function announce(
  unit: Unit<Db>,
  { viewer, requestId }: Context,
  verb: 'created' | 'changed' | 'deleted',
  { id, name }: { id: string; name: string },
): void {
  unit.emit({
    type: `automation.calendar.${verb}`,
    actorId: requirePermission(viewer, 'schedule:write').userId,
    requestId,
    subject: { type: 'calendar', id },
    data: { name },
  });
  unit.wake(calendarTopic(id));
  unit.wake(CALENDARS_TOPIC);
}
