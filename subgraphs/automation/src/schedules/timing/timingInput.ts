import { InvalidInput } from '@opsconductor/subgraph';
import type { ScheduleTimingInput } from '../../../generated/graphql.ts';
import { InvalidTiming } from './nextTick.ts';
import { compileTiming } from './timing.ts';
import type { Timing } from './timing.ts';

/**
 * @param anchor start of intervals and rules; cut to the second, because rules know no smaller unit
 * @throws {InvalidInput} under `field`
 */
export function readTimingInput(input: ScheduleTimingInput, anchor: Date, field: string): Timing {
  const timing = timingOf(input, new Date(Math.floor(anchor.getTime() / 1000) * 1000), field);
  asInvalidInput(field, () => compileTiming(timing)(anchor));
  return timing;
}

function timingOf(
  { cron, everySeconds, at, rule, timeZone }: ScheduleTimingInput,
  anchor: Date,
  field: string,
): Timing {
  const given = [cron, everySeconds, at, rule].filter((value) => value != null);
  if (given.length !== 1) throw new InvalidInput(field, 'Give exactly one of cron, everySeconds, at and rule.');
  const zone = timeZone ?? 'UTC';
  if (cron != null) return { kind: 'CRON', pattern: cron.trim(), timeZone: zone };
  if (everySeconds != null) return { kind: 'INTERVAL', everySeconds, anchor };
  if (at != null) return { kind: 'ONCE', at };
  return { kind: 'RULE', rule: rule ?? '', timeZone: zone, anchor };
}

/**
 * Runs a calculation of a timing that a person has written. It fails when the timing makes no sense, and when a rule does
 * not come to an end within its bounds.
 */
export function asInvalidInput<Result>(field: string, calculate: () => Result): Result {
  try {
    return calculate();
  } catch (error) {
    const reason =
      error instanceof InvalidTiming
        ? error.message
        : 'The next time takes too long to calculate: write a simpler rule.';
    throw new InvalidInput(field, reason);
  }
}
