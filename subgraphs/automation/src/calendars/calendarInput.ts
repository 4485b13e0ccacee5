import { InvalidInput } from '@opsconductor/subgraph';
import type { CalendarSettingsInput, CalendarWindowInput } from '../../generated/graphql.ts';
import { readDescription, readName, readWithin } from '../schedules/settingsText.ts';
import { readTimingInput } from '../schedules/timing/timingInput.ts';
import type { Window } from './calendar.ts';
import { storeWindows } from './storedCalendar.ts';

const WINDOW_LIMIT = 200;
const DURATION_LIMIT_SECONDS = 31 * 24 * 3600;

/** Checks settings and makes the columns of them. @throws {InvalidInput} */
export function readCalendarSettings({ name, description, kind, windows }: CalendarSettingsInput, now: Date) {
  if (windows.length > WINDOW_LIMIT)
    throw new InvalidInput('settings.windows', `A calendar has at most ${WINDOW_LIMIT} windows.`);
  return {
    name: readName(name, 'settings.name'),
    description: readDescription(description, 'settings.description'),
    kind,
    windows: storeWindows(windows.map((window, index) => readWindow(window, `settings.windows.${index}`, now))),
  };
}

function readWindow(window: CalendarWindowInput, field: string, now: Date): Window {
  const { startsAt, endsAt, cron, rule, timeZone, durationSeconds } = window;
  if (cron == null && rule == null) {
    if (!startsAt || !endsAt || durationSeconds != null)
      throw new InvalidInput(field, 'Give startsAt and endsAt, or cron or rule with durationSeconds.');
    if (endsAt <= startsAt) throw new InvalidInput(field, 'The end is not after the start.');
    return { kind: 'SPAN', startsAt, endsAt };
  }
  if (endsAt || durationSeconds == null)
    throw new InvalidInput(field, 'A window that comes again has durationSeconds and no endsAt.');
  const timing = readTimingInput(
    { ...(cron != null && { cron }), ...(rule != null && { rule }), ...(timeZone != null && { timeZone }) },
    startsAt ?? now,
    field,
  );
  const seconds = readWithin(durationSeconds, 1, DURATION_LIMIT_SECONDS, `${field}.durationSeconds`);
  return { kind: 'RECURRING', timing, durationSeconds: seconds };
}
