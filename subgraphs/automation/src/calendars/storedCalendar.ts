import type { Calendar as CalendarRow } from '../../generated/prisma/client.ts';
import { readTiming, storeTiming } from '../schedules/timing/storedTiming.ts';
import type { Calendar, Window } from './calendar.ts';

export function readCalendar({ id, name, kind, windows }: CalendarRow): Calendar {
  return { id, name, kind, windows: (windows as unknown as Window[]).map(readWindow) };
}

function readWindow(window: Window): Window {
  return window.kind === 'SPAN'
    ? { ...window, startsAt: new Date(window.startsAt), endsAt: new Date(window.endsAt) }
    : { ...window, timing: readTiming(window.timing) };
}

/** Windows as JSON: instants as RFC 3339. */
export function storeWindows(windows: readonly Window[]): object[] {
  return windows.map((window) =>
    window.kind === 'SPAN'
      ? { ...window, startsAt: window.startsAt.toISOString(), endsAt: window.endsAt.toISOString() }
      : { ...window, timing: storeTiming(window.timing) },
  );
}
