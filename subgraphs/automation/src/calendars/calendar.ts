/** Calendars say when schedules do not fire, whatever their timing says. Pure. */
import { compileTiming } from '../schedules/timing/timing.ts';
import type { NextTick } from '../schedules/timing/nextTick.ts';
import type { Timing } from '../schedules/timing/timing.ts';

export type CalendarKind =
  /** Nothing fires inside its windows. */
  | 'BLACKOUT'
  /** Nothing fires outside its windows. */
  | 'ALLOWED';

/** A span of time: once, or again and again from each tick of a timing on. Its end is not part of it. */
export type Window =
  | { readonly kind: 'SPAN'; readonly startsAt: Date; readonly endsAt: Date }
  | { readonly kind: 'RECURRING'; readonly timing: Timing; readonly durationSeconds: number };

export interface Calendar {
  readonly id: string;
  readonly name: string;
  readonly kind: CalendarKind;
  readonly windows: readonly Window[];
}

/** Why nothing fires at an instant, and from when on this calendar may say otherwise; no `until` is for ever. */
export interface Block {
  readonly calendar: Calendar;
  readonly until: Date | undefined;
}

export type FindBlock = (instant: Date) => Block | undefined;

/**
 * @returns what says for an instant which of the calendars forbids it
 * @throws {InvalidTiming} of a window
 */
export function compileCalendars(calendars: readonly Calendar[]): FindBlock {
  const compiled = calendars.map((calendar) => ({ calendar, windows: calendar.windows.map(compileWindow) }));
  return (instant) => {
    for (const { calendar, windows } of compiled) {
      const ends = windows.flatMap((window) => window.endAt(instant) ?? []);
      if (calendar.kind === 'BLACKOUT' && ends.length > 0) return { calendar, until: latest(ends) };
      if (calendar.kind === 'ALLOWED' && ends.length === 0)
        return { calendar, until: earliest(windows.flatMap((window) => window.nextStart(instant) ?? [])) };
    }
    return undefined;
  };
}

interface CompiledWindow {
  /** When the window that an instant is in ends; undefined when it is in none. */
  endAt(instant: Date): Date | undefined;
  nextStart(instant: Date): Date | undefined;
}

function compileWindow(window: Window): CompiledWindow {
  if (window.kind === 'SPAN') {
    const { startsAt, endsAt } = window;
    return {
      endAt: (instant) => (instant >= startsAt && instant < endsAt ? endsAt : undefined),
      nextStart: (instant) => (startsAt > instant ? startsAt : undefined),
    };
  }
  const next: NextTick = compileTiming(window.timing);
  const length = window.durationSeconds * 1000;
  return {
    endAt(instant) {
      const start = next(new Date(instant.getTime() - length));
      return start && start <= instant ? new Date(start.getTime() + length) : undefined;
    },
    nextStart: next,
  };
}

function latest(instants: readonly Date[]): Date | undefined {
  return instants.toSorted((one, other) => other.getTime() - one.getTime())[0];
}

function earliest(instants: readonly Date[]): Date | undefined {
  return instants.toSorted((one, other) => one.getTime() - other.getTime())[0];
}
