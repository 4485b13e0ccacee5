/**
 * Cron patterns by croner, with the rules of Vixie cron where clocks are changed. A pattern whose seconds, minutes and hours
 * have no wildcard and no step means times of the day: one that the clock skips is due at the first instant after the gap,
 * one that it shows twice is due the first time only. Any other pattern means a frequency: it is due whenever the
 * clock shows a matching time, so twice where the clock does, and not in a gap. Day of month and day of week both given:
 * either is enough.
 */
import { Cron } from 'croner';
import { InvalidTiming } from './nextTick.ts';
import type { NextTick } from './nextTick.ts';

const PATTERN_LENGTH = 200;
/** No `?`: croner puts the time of compiling there, and a tick must not depend on that. */
const allowed = /^[\d*/,\-#+ a-z]+$/i;

/** @throws {InvalidTiming} */
export function compileCron(pattern: string, timeZone: string): NextTick {
  if (pattern.length > PATTERN_LENGTH)
    throw new InvalidTiming(`A cron pattern has at most ${PATTERN_LENGTH} characters.`);
  if (!allowed.test(pattern))
    throw new InvalidTiming('A cron pattern has digits, names and the characters * / , - # + only.');
  try {
    const cron = new Cron(pattern, {
      timezone: timeZone,
      paused: true,
      mode: '5-or-6-parts',
      fixedTimeRule: 'no-wildcard',
    });
    return (after) => cron.nextRun(after) ?? undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^CronPattern: /, '') : String(error);
    throw new InvalidTiming(`This is not a cron pattern of five or six fields: ${reason}`, { cause: error });
  }
}
