import { CronExpressionParser } from 'cron-parser';
import { compileCron } from './cron.ts';
import { InvalidTiming } from './nextTick.ts';
import { ticksBetween } from './timing.ts';

/** Lord Howe moves its clocks by half an hour, São Paulo and Cairo at midnight. */
const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'America/Sao_Paulo', 'Africa/Cairo'];
/** The second implementation drifts or gives up where clocks move by half an hour. */
const comparableZones = ['Europe/Berlin', 'America/New_York', 'Africa/Cairo'];
const years = { from: new Date('2015-01-01T00:00:00Z'), to: new Date('2035-01-01T00:00:00Z') };

/** Times outside the hours that clocks are changed in: every tick of twenty years is compared. */
const rarePatterns = [
  '0 0 9 */2 * *',
  '15 45 13 * * MON,THU',
  '0 12 1,15 * *',
  '0 6 * * SUN',
  '30 5 29 2 *',
  '0 4 L * *',
  '0 0 12 1 */3 *',
  '0 18 * * FRI#2',
  '59 59 23 31 12 *',
  '0 12 13 * FRI',
  '0 10 1 * *',
];
/** Frequencies: every tick around each change of the clocks in twenty years, as minutes and hours that match. */
const frequencies: [string, (minute: number, hour: number) => boolean][] = [
  ['* * * * *', () => true],
  ['*/15 * * * *', (minute) => minute % 15 === 0],
  ['0 */2 * * *', (minute, hour) => minute === 0 && hour % 2 === 0],
  ['*/20 0-3 * * *', (minute, hour) => minute % 20 === 0 && hour <= 3],
  ['30 * * * *', (minute) => minute === 30],
];

function byOther(pattern: string, tz: string, after: Date, upTo: Date): Date[] {
  const other = CronExpressionParser.parse(pattern, { tz, currentDate: after, endDate: upTo });
  const ticks: Date[] = [];
  while (other.hasNext()) ticks.push(other.next().toDate());
  return ticks;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

function clockOf(timeZone: string): (instant: number) => { minute: number; hour: number } {
  const format = new Intl.DateTimeFormat('en', { timeZone, hourCycle: 'h23', hour: 'numeric', minute: 'numeric' });
  return (instant) => {
    const [hour, minute] = format.format(instant).split(':').map(Number);
    return { minute: minute ?? Number.NaN, hour: hour ?? Number.NaN };
  };
}

/** Starts of days, in steps of 24 hours, in which a zone changes its clocks. */
function transitionDays(timeZone: string): number[] {
  const clock = clockOf(timeZone);
  const days = Array.from({ length: 20 * 365 }, (_, day) => years.from.getTime() + day * DAY_MS);
  const times = days.map((day) => JSON.stringify(clock(day)));
  return days.filter((_, index) => index + 1 < times.length && times[index] !== times[index + 1]);
}

describe.each(comparableZones)('cron in %s, 2015 to 2034', (zone) => {
  test.each(rarePatterns)('every tick of %s is that of a second implementation', (pattern) => {
    const ours = ticksBetween(compileCron(pattern, zone), years.from, years.to, 10_000);
    expect(ours.length).toBeGreaterThan(4);
    expect(ours).toEqual(byOther(pattern, zone, years.from, years.to));
  });
});

describe.each(zones)('cron in %s, 2015 to 2034', (zone) => {
  test('frequencies are due whenever the clock shows a matching time, around each change of the clocks', () => {
    const clock = clockOf(zone);
    const days = transitionDays(zone);
    expect(days.length).toBeGreaterThan(5);
    for (const day of days) {
      const minutes = Array.from({ length: 26 * 60 }, (_, index) => day + index * MINUTE_MS);
      const shown = minutes.map((instant) => ({ instant, ...clock(instant) }));
      for (const [pattern, matches] of frequencies) {
        const expected = shown.filter(({ minute, hour }) => matches(minute, hour)).map(({ instant }) => instant);
        const ours = ticksBetween(compileCron(pattern, zone), new Date(day - 1), new Date(minutes.at(-1) ?? 0), 10_000);
        expect(ours.map((tick) => tick.getTime())).toEqual(expected);
      }
    }
  });
});

test.each([
  [
    'a time in a gap is due at the first instant after it',
    '30 2 * * *',
    '2026-03-28T12:00Z',
    ['2026-03-29T01:00Z', '2026-03-30T00:30Z'],
  ],
  [
    'a time that comes twice is due the first time',
    '30 2 * * *',
    '2026-10-24T12:00Z',
    ['2026-10-25T00:30Z', '2026-10-26T01:30Z'],
  ],
  [
    'a list of times is times, not a frequency',
    '0,30 2 * * *',
    '2026-10-24T12:00Z',
    ['2026-10-25T00:00Z', '2026-10-25T00:30Z', '2026-10-26T01:00Z'],
  ],
  [
    'a frequency is due in both hours',
    '0 * * * *',
    '2026-10-24T23:30Z',
    ['2026-10-25T00:00Z', '2026-10-25T01:00Z', '2026-10-25T02:00Z'],
  ],
  [
    'a frequency has no more ticks in a gap than the clock has hours',
    '0 * * * *',
    '2026-03-28T23:30Z',
    ['2026-03-29T00:00Z', '2026-03-29T01:00Z', '2026-03-29T02:00Z'],
  ],
])('where the clocks of Berlin change, %s', (_name, pattern, after, expected) => {
  const ticks = ticksBetween(
    compileCron(pattern, 'Europe/Berlin'),
    new Date(after),
    new Date('2027-01-01'),
    expected.length,
  );
  expect(ticks).toEqual(expected.map((instant) => new Date(instant)));
});

test('seconds', () => {
  const ticks = ticksBetween(
    compileCron('*/20 * * * * *', 'UTC'),
    new Date('2026-01-01T00:00:00.001Z'),
    new Date('2026-01-01T00:01:00Z'),
    10,
  );
  expect(ticks.map((tick) => tick.getTime() % 60_000)).toEqual([20_000, 40_000, 0]);
});

test('what never comes has no tick, and is known quickly', () => {
  expect(compileCron('0 0 30 2 *', 'UTC')(new Date('2026-01-01'))).toBeUndefined();
});

test.each([
  '',
  '* * * *',
  '* * * * * * *',
  '60 * * * *',
  '*/0 * * * *',
  '? * * * *',
  'H * * * *',
  '* * * * *\n',
  'a'.repeat(300),
  '1,'.repeat(90),
])('the pattern %j is refused', (pattern) => {
  expect(() => compileCron(pattern, 'UTC')).toThrow(InvalidTiming);
});
