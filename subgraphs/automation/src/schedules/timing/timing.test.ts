import fc from 'fast-check';
import { compileCalendars } from '../../calendars/calendar.ts';
import type { Calendar } from '../../calendars/calendar.ts';
import { nextFirings } from './firings.ts';
import type { Plan } from './firings.ts';
import { addJitter } from './jitter.ts';
import { InvalidTiming } from './nextTick.ts';
import { compileTiming, lastTicks, ticksBetween, within } from './timing.ts';
import type { Timing } from './timing.ts';

const at = (text: string) => new Date(text);
const anchor = at('2026-01-01T09:00:00Z');
const cron = (pattern: string, timeZone = 'UTC'): Timing => ({ kind: 'CRON', pattern, timeZone });
const rule = (text: string, timeZone = 'Europe/Berlin', start = anchor): Timing => ({
  kind: 'RULE',
  rule: text,
  timeZone,
  anchor: start,
});
const take = (timing: Timing, after: Date, count: number) =>
  ticksBetween(compileTiming(timing), after, at('2100-01-01'), count).map((tick) => tick.toISOString());

test('an interval is due at its anchor and at every multiple after it, whatever the clocks do', () => {
  const timing: Timing = { kind: 'INTERVAL', everySeconds: 5400, anchor };
  expect(take(timing, at('2020-01-01'), 2)).toEqual(['2026-01-01T09:00:00.000Z', '2026-01-01T10:30:00.000Z']);
  expect(take(timing, at('2026-01-01T10:30:00Z'), 1)).toEqual(['2026-01-01T12:00:00.000Z']);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e7 }), fc.integer({ min: -1e12, max: 1e12 }), (everySeconds, offset) => {
      const after = new Date(anchor.getTime() + offset);
      const tick = compileTiming({ kind: 'INTERVAL', everySeconds, anchor })(after);
      const time = tick?.getTime() ?? Number.NaN;
      expect(time).toBeGreaterThan(after.getTime());
      expect(time - Math.max(after.getTime() + 1, anchor.getTime())).toBeLessThan(everySeconds * 1000);
      expect((time - anchor.getTime()) % (everySeconds * 1000)).toBe(0);
    }),
  );
});

test('a one-shot is due once', () => {
  const next = compileTiming({ kind: 'ONCE', at: anchor });
  expect([next(at('2025-01-01')), next(anchor)]).toEqual([anchor, undefined]);
});

test('rules of RFC 5545 in local time: a nonexistent time is no occurrence, a repeated one is the first', () => {
  expect(take(rule('FREQ=MONTHLY;BYDAY=-1FR'), anchor, 2)).toEqual([
    '2026-01-30T09:00:00.000Z',
    '2026-02-27T09:00:00.000Z',
  ]);
  const early = at('2026-03-27T01:30:00Z');
  expect(take(rule('FREQ=DAILY', 'Europe/Berlin', early), early, 2)).toEqual([
    '2026-03-28T01:30:00.000Z',
    '2026-03-30T00:30:00.000Z',
  ]);
  expect(take(rule('FREQ=DAILY', 'Europe/Berlin', early), at('2026-10-24T12:00Z'), 2)).toEqual([
    '2026-10-25T00:30:00.000Z',
    '2026-10-26T01:30:00.000Z',
  ]);
  expect(
    take(rule('RRULE:FREQ=DAILY;COUNT=3\nEXDATE;TZID=Europe/Berlin:20260102T100000'), at('2025-12-31'), 5),
  ).toEqual(['2026-01-01T09:00:00.000Z', '2026-01-03T09:00:00.000Z']);
});

test.each<[string, Timing]>([
  ['a cron pattern of words', cron('every day')],
  ['a zone that is none', cron('* * * * *', 'Mars/Olympus')],
  ['no time between', { kind: 'INTERVAL', everySeconds: 0, anchor }],
  ['half a second', { kind: 'INTERVAL', everySeconds: 0.5, anchor }],
  ['a rule without a frequency', rule('BYDAY=MO')],
  ['a start inside the rule', rule('FREQ=DAILY\nDTSTART:20260101T000000Z')],
  ['two rules', rule('FREQ=DAILY\nRRULE:FREQ=DAILY')],
  ['a count that is counted for ever', rule('FREQ=SECONDLY;COUNT=100000')],
])('%s is refused', (_name, timing) => {
  expect(() => compileTiming(timing)).toThrow(InvalidTiming);
});

test('a rule that never comes, or expands without end, gives up within a bound', () => {
  const started = performance.now();
  for (const text of [
    'FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30',
    `FREQ=YEARLY;BYSECOND=0,1,2,3,4,5,6,7,8,9;BYMINUTE=${Array.from({ length: 60 }, (_, index) => index).join()};BYHOUR=1,2,3;BYDAY=MO`,
  ]) {
    const next = compileTiming(rule(text));
    expect(() => next(at('2040-01-01'))).toThrow();
  }
  expect(performance.now() - started).toBeLessThan(10_000);
});

test('start and end are both included', () => {
  const next = within(compileTiming(cron('0 * * * *')), at('2026-01-01T10:00Z'), at('2026-01-01T11:00Z'));
  const ticks = ticksBetween(next, at('2020-01-01'), at('2100-01-01'), 10);
  expect(ticks).toEqual([at('2026-01-01T10:00Z'), at('2026-01-01T11:00Z')]);
});

test('the last ticks of a year of seconds are found without walking over it', () => {
  let calculated = 0;
  const every = compileTiming(cron('* * * * * *'));
  const next = (after: Date) => ((calculated += 1), every(after));
  const last = lastTicks(next, at('2025-01-01'), at('2026-01-01'), 3);
  expect(last).toEqual([at('2025-12-31T23:59:58Z'), at('2025-12-31T23:59:59Z'), at('2026-01-01T00:00:00Z')]);
  expect(calculated).toBeLessThan(100);
  expect(lastTicks(compileTiming(cron('0 0 1 1 *')), at('2020-01-01'), at('2026-06-01'), 2)).toEqual([
    at('2025-01-01'),
    at('2026-01-01'),
  ]);
  expect(lastTicks(next, at('2026-01-01'), at('2026-01-01'), 3)).toEqual([]);
});

test('jitter is the same for the same schedule and tick, within its bound, and spread', () => {
  const delays = Array.from({ length: 200 }, (_, index) => {
    const tick = new Date(anchor.getTime() + index * 60_000);
    expect(addJitter('a', tick, 30)).toEqual(addJitter('a', tick, 30));
    return addJitter('a', tick, 30).getTime() - tick.getTime();
  });
  expect(Math.min(...delays)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...delays)).toBeLessThan(30_000);
  expect(new Set(delays.map((delay) => Math.floor(delay / 5_000))).size).toBe(6);
  expect(addJitter('a', anchor, 0)).toBe(anchor);
});

describe('calendars', () => {
  const planOf = (timing: Timing, ...calendars: Partial<Calendar>[]): Plan => ({
    scheduleId: 'a',
    next: compileTiming(timing),
    findBlock: compileCalendars(calendars.map((it) => ({ id: 'c', name: 'c', kind: 'BLACKOUT', windows: [], ...it }))),
    jitterSeconds: 0,
  });
  const hours = (plan: Plan, after: Date, count: number) =>
    nextFirings(plan, after, count).map(({ firesAt }) => firesAt.toISOString().slice(5, 16));
  const nights = { kind: 'RECURRING', timing: cron('0 22 * * *'), durationSeconds: 8 * 3600 } as const;

  test('a blackout holds from its start to just before its end', () => {
    const span = { kind: 'SPAN', startsAt: at('2026-01-01T10:00Z'), endsAt: at('2026-01-01T12:00Z') } as const;
    const plan = planOf(cron('0 * * * *'), { windows: [span] });
    expect(hours(plan, at('2026-01-01T08:30Z'), 3)).toEqual(['01-01T09:00', '01-01T12:00', '01-01T13:00']);
  });

  test('a recurring blackout reaches over midnight', () => {
    const plan = planOf(cron('0 */3 * * *'), { windows: [nights] });
    expect(hours(plan, at('2026-01-01T20:00Z'), 3)).toEqual(['01-01T21:00', '01-02T06:00', '01-02T09:00']);
  });

  test('outside of what is allowed nothing fires, and several calendars all count', () => {
    const allowed = { kind: 'ALLOWED', windows: [nights] } as const;
    const holiday = { windows: [{ kind: 'SPAN', startsAt: at('2026-01-01'), endsAt: at('2026-01-03') }] } as const;
    const plan = planOf(cron('30 * * * *'), allowed, holiday);
    expect(hours(plan, at('2026-01-01T00:00Z'), 2)).toEqual(['01-03T00:30', '01-03T01:30']);
    expect(nextFirings(planOf(cron('* * * * *'), { kind: 'ALLOWED', windows: [] }), anchor, 5)).toEqual([]);
  });

  test('a second-by-second schedule passes a night without walking through it', () => {
    const plan = planOf(cron('* * * * * *'), { windows: [nights] });
    const started = performance.now();
    expect(hours(plan, at('2026-01-01T21:59:59Z'), 1)).toEqual(['01-02T06:00']);
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
