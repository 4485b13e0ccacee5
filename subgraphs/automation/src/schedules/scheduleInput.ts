import { InvalidInput, readId } from '@opsconductor/subgraph';
import type { Calendar } from '../../generated/prisma/client.ts';
import type { ScheduleSettingsInput } from '../../generated/graphql.ts';
import { compileCalendars } from '../calendars/calendar.ts';
import { readCalendar } from '../calendars/storedCalendar.ts';
import type { Context } from '../context.ts';
import { checkStart } from './scheduledStart.ts';
import { readDescription, readName, readWithin } from './settingsText.ts';
import { nextFirings } from './timing/firings.ts';
import type { Plan } from './timing/firings.ts';
import { storeTiming } from './timing/storedTiming.ts';
import { compileTiming, ticksBetween, within } from './timing/timing.ts';
import type { Timing } from './timing/timing.ts';
import { asInvalidInput, readTimingInput } from './timing/timingInput.ts';

const DAY_SECONDS = 24 * 3600;
const CALENDAR_LIMIT = 20;
const FOR_EVER = new Date('9999-01-01T00:00:00Z');

/**
 * Checks settings and makes the columns of them.
 * @param anchor start of intervals and rules where the settings give none
 * @throws {InvalidInput} {@link TargetNotFound} {@link JobNotFound} {@link JobRevisionNotFound}
 */
export async function readSettings(context: Context, settings: ScheduleSettingsInput, anchor: Date) {
  const { prisma, clock } = context;
  const { startsAt = null, endsAt = null } = settings;
  if (startsAt && endsAt && endsAt < startsAt)
    throw new InvalidInput('settings.endsAt', 'The end is before the start.');
  const timing = readTimingInput(settings.timing, startsAt ?? anchor, 'settings.timing');
  const jitterSeconds = readWithin(settings.jitterSeconds ?? 0, 0, DAY_SECONDS, 'settings.jitterSeconds');
  requireJitterWithinGaps(timing, jitterSeconds, startsAt ?? clock());
  const calendars = await findCalendars(prisma, settings.calendarIds ?? [], 'settings.calendarIds');
  const start = await checkStart(context, settings);
  return {
    calendars,
    columns: {
      name: readName(settings.name, 'settings.name'),
      description: readDescription(settings.description, 'settings.description'),
      ...start,
      timing: storeTiming(timing),
      jitterSeconds,
      overlapPolicy: settings.overlapPolicy ?? 'SKIP',
      missedRunPolicy: settings.missedRunPolicy ?? 'LAST',
      catchUpSeconds: readWithin(
        settings.catchUpSeconds ?? DAY_SECONDS,
        0,
        30 * DAY_SECONDS,
        'settings.catchUpSeconds',
      ),
      pauseOnFailure: settings.pauseOnFailure ?? false,
      startsAt,
      endsAt,
    },
  } as const;
}

/** Ticks fire in their order, so that one is never held up by the jitter of the one before. */
function requireJitterWithinGaps(timing: Timing, jitterSeconds: number, from: Date): void {
  if (jitterSeconds === 0) return;
  const ticks = asInvalidInput('settings.timing', () => ticksBetween(compileTiming(timing), from, FOR_EVER, 20));
  const gaps = ticks.slice(1).map((tick, index) => tick.getTime() - (ticks[index]?.getTime() ?? 0));
  if (Math.min(...gaps) < jitterSeconds * 1000)
    throw new InvalidInput('settings.jitterSeconds', 'The jitter is longer than the time between two ticks.');
}

/** @throws {InvalidInput} an id that names no calendar */
export async function findCalendars(
  prisma: Context['prisma'],
  named: readonly string[],
  field: string,
): Promise<Calendar[]> {
  const ids = [...new Set(named.map(readId))];
  if (ids.length > CALENDAR_LIMIT) throw new InvalidInput(field, `A schedule has at most ${CALENDAR_LIMIT} calendars.`);
  const known = ids.filter((id) => id !== undefined);
  const calendars = known.length > 0 ? await prisma.calendar.findMany({ where: { id: { in: known } } }) : [];
  if (calendars.length < ids.length) throw new InvalidInput(field, 'There is no calendar with one of the ids.');
  return calendars;
}

const PREVIEW_LIMIT = 100;

/** The next firings of a schedule that is there or may be. @throws {InvalidInput} */
export function previewFirings(plan: Plan, after: Date, count: number) {
  const size = readWithin(count, 1, PREVIEW_LIMIT, 'count');
  return asInvalidInput('timing', () => nextFirings(plan, after, size));
}

/** A plan of settings that are not saved. */
export function planPreview(timing: Timing, startsAt: Date | null, endsAt: Date | null, calendars: Calendar[]): Plan {
  return {
    scheduleId: '',
    next: within(compileTiming(timing), startsAt, endsAt),
    findBlock: compileCalendars(calendars.map(readCalendar)),
    jitterSeconds: 0,
  };
}
