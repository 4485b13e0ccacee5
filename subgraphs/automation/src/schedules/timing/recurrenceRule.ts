/**
 * Recurrence rules of RFC 5545 by rrule-temporal. As the RFC says (3.3.10), a local time that does not exist is no
 * occurrence; one that exists twice is the first of the two.
 */
import { RRuleTemporal } from 'rrule-temporal';
import { InvalidTiming } from './nextTick.ts';
import type { NextTick } from './nextTick.ts';

const RULE_LENGTH = 1_000;
/** With COUNT the library counts from the first occurrence at each look. */
const COUNT_LIMIT = 1_000;
/** Steps of one look: some 100 ms at the very most, and no rule that people write comes near. */
const BOUNDS = { maxIterations: 1_000, maxCandidateEvaluations: 20_000 };
const ruleLine = /^RRULE:[A-Z0-9=,;+-]+$/i;
const dateLine = /^(RDATE|EXDATE)[;:][A-Z0-9=,;:+\-/_]+$/i;

/**
 * @param rule an RRULE, its prefix optional, and lines of RDATE and EXDATE
 * @param anchor DTSTART, cut to the second
 * @throws {InvalidTiming}
 */
export function compileRule(rule: string, timeZone: string, anchor: Date): NextTick {
  const text = checkedText(rule);
  try {
    const start = `DTSTART;TZID=${timeZone}:${localTime(anchor, timeZone)}`;
    const compiled = new RRuleTemporal({ rruleString: `${start}\n${text}`, strict: true, ...BOUNDS });
    return (after) => {
      const found = compiled.next(after);
      return found ? new Date(found.epochMilliseconds) : undefined;
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InvalidTiming(`This is not a recurrence rule of RFC 5545: ${reason}`, { cause: error });
  }
}

function checkedText(rule: string): string {
  if (rule.length > RULE_LENGTH) throw new InvalidTiming(`A rule has at most ${RULE_LENGTH} characters.`);
  const [first = '', ...others] = rule.trim().split(/\r?\n/);
  const lines = [first.toUpperCase().startsWith('RRULE:') ? first : `RRULE:${first}`, ...others];
  if (!ruleLine.test(lines[0] ?? '') || !others.every((each) => dateLine.test(each)))
    throw new InvalidTiming(
      'A rule is one RRULE, and lines of RDATE and EXDATE; when it starts is a field of its own.',
    );
  const count = /COUNT=(\d+)/i.exec(first)?.[1];
  if (count !== undefined && Number(count) > COUNT_LIMIT)
    throw new InvalidTiming(`COUNT is at most ${COUNT_LIMIT}: give the schedule an end instead.`);
  return lines.join('\n');
}

/** `20260131T093000`, as the clocks of the zone show it. */
function localTime(instant: Date, timeZone: string): string {
  const format = new Intl.DateTimeFormat('en', {
    ...{ timeZone, calendar: 'iso8601', hourCycle: 'h23' },
    ...{ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' },
  });
  const parts = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, value]));
  const { year = '', month, day, hour, minute, second } = parts;
  return `${year.padStart(4, '0')}${month}${day}T${hour}${minute}${second}`;
}
