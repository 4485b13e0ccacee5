/**
 * When a schedule is due. Pure: what the clock says is an argument. A tick is an instant at which a schedule is due by its
 * timing, before jitter and calendars; it names its occurrence for good, whoever calculates it and when.
 */
import { compileCron } from './cron.ts';
import { InvalidTiming } from './nextTick.ts';
import type { NextTick } from './nextTick.ts';
import { compileRule } from './recurrenceRule.ts';

export type Timing =
  /** Five fields, or six with seconds first. */
  | { readonly kind: 'CRON'; readonly pattern: string; readonly timeZone: string }
  /** At the anchor and every so many seconds after it, on the clock of the world: no time zone has a part in it. */
  | { readonly kind: 'INTERVAL'; readonly everySeconds: number; readonly anchor: Date }
  | { readonly kind: 'ONCE'; readonly at: Date }
  /** RRULE, and RDATE and EXDATE lines, of RFC 5545; the anchor is DTSTART. */
  | { readonly kind: 'RULE'; readonly rule: string; readonly timeZone: string; readonly anchor: Date };

/** @throws {InvalidTiming} */
export function compileTiming(timing: Timing): NextTick {
  switch (timing.kind) {
    case 'CRON':
      requireTimeZone(timing.timeZone);
      return compileCron(timing.pattern, timing.timeZone);
    case 'INTERVAL':
      return compileInterval(timing.everySeconds, timing.anchor);
    case 'ONCE':
      return (after) => (timing.at > after ? timing.at : undefined);
    case 'RULE':
      requireTimeZone(timing.timeZone);
      return compileRule(timing.rule, timing.timeZone, timing.anchor);
  }
}

/** Ten years: what is longer is a mistake. */
const INTERVAL_LIMIT_SECONDS = 10 * 366 * 24 * 3600;

function compileInterval(everySeconds: number, anchor: Date): NextTick {
  if (!Number.isInteger(everySeconds) || everySeconds < 1 || everySeconds > INTERVAL_LIMIT_SECONDS)
    throw new InvalidTiming(`An interval is from 1 to ${INTERVAL_LIMIT_SECONDS} seconds.`);
  const period = everySeconds * 1000;
  return (after) => {
    const elapsed = after.getTime() - anchor.getTime();
    return new Date(anchor.getTime() + Math.max(0, Math.floor(elapsed / period) + 1) * period);
  };
}

function requireTimeZone(timeZone: string): void {
  try {
    // Offsets such as +02:00 are accepted by Intl too, and have no rules of their own.
    new Intl.DateTimeFormat('en', { timeZone });
  } catch (error) {
    throw new InvalidTiming('The time zone is not in the IANA database: write it as in Europe/Berlin.', {
      cause: error,
    });
  }
}

/** Narrows ticks to those from `startsAt` to `endsAt`, both included. */
export function within(next: NextTick, startsAt: Date | null, endsAt: Date | null): NextTick {
  return (after) => {
    const tick = next(startsAt && startsAt > after ? new Date(startsAt.getTime() - 1) : after);
    return tick && endsAt && tick > endsAt ? undefined : tick;
  };
}

/** Ticks after one instant up to another, the first `limit` of them. */
export function ticksBetween(next: NextTick, after: Date, upTo: Date, limit: number): Date[] {
  const ticks: Date[] = [];
  for (let tick = next(after); tick && tick <= upTo && ticks.length < limit; tick = next(tick)) ticks.push(tick);
  return ticks;
}

const FIRST_LOOK_BACK_MS = 60_000;

/**
 * The last `count` ticks after one instant up to another, oldest first. Looks back in growing spans, so that a year of
 * seconds costs no more than the last minute of it.
 */
export function lastTicks(next: NextTick, after: Date, upTo: Date, count: number): Date[] {
  for (let span = FIRST_LOOK_BACK_MS; ; span *= 4) {
    const from = new Date(Math.max(after.getTime(), upTo.getTime() - span));
    const ticks = ticksBetween(next, from, upTo, Number.POSITIVE_INFINITY);
    if (ticks.length >= count || from <= after) return ticks.slice(-count);
  }
}
