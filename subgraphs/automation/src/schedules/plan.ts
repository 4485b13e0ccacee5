import type { Calendar as CalendarRow, Schedule } from '../../generated/prisma/client.ts';
import { compileCalendars } from '../calendars/calendar.ts';
import { readCalendar } from '../calendars/storedCalendar.ts';
import type { Plan } from './timing/firings.ts';
import { firingOf } from './timing/firings.ts';
import { readTiming } from './timing/storedTiming.ts';
import { compileTiming, within } from './timing/timing.ts';

type Planned = Pick<Schedule, 'id' | 'timing' | 'startsAt' | 'endsAt' | 'jitterSeconds'>;

/** @throws {InvalidTiming} a stored timing that this version of the platform does not accept any more */
export function planOf(schedule: Planned, calendars: readonly CalendarRow[]): Plan {
  return {
    scheduleId: schedule.id,
    next: within(compileTiming(readTiming(schedule.timing)), schedule.startsAt, schedule.endsAt),
    findBlock: compileCalendars(calendars.map(readCalendar)),
    jitterSeconds: schedule.jitterSeconds,
  };
}

/** The columns that say when a schedule is looked at next: its first tick after an instant. */
export function nextColumns(plan: Plan, after: Date): { nextTick: Date | null; nextFiresAt: Date | null } {
  const tick = plan.next(after);
  return { nextTick: tick ?? null, nextFiresAt: tick ? firingOf(plan, tick).firesAt : null };
}
