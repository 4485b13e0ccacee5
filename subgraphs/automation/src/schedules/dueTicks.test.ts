import fc from 'fast-check';
import { compileCalendars } from '../calendars/calendar.ts';
import { findDueTicks } from './dueTicks.ts';
import type { CatchUp } from './dueTicks.ts';
import type { Plan } from './timing/firings.ts';
import { compileTiming } from './timing/timing.ts';

const at = (text: string) => new Date(`2026-01-01T${text}Z`);
const minutely: Plan = {
  scheduleId: 'a',
  next: compileTiming({ kind: 'CRON', pattern: '* * * * *', timeZone: 'UTC' }),
  findBlock: () => undefined,
  jitterSeconds: 0,
};
const policy = (missedRunPolicy: CatchUp['missedRunPolicy'], catchUpSeconds = 3600): CatchUp => ({
  missedRunPolicy,
  catchUpSeconds,
});
const look = (plan: Plan, catchUp: CatchUp, nextTick: Date, now: Date) => {
  const { due, passed, next } = findDueTicks(plan, catchUp, nextTick, now);
  const time = (instant: Date | undefined) => instant?.toISOString().slice(11, 19);
  return {
    due: due.map(({ tick }) => time(tick)),
    passed: passed.map(({ tick, status }) => `${status} ${time(tick)}`),
    next: time(next?.tick),
  };
};

test('a tick that has come is due, and the next one is to come', () => {
  expect(look(minutely, policy('LAST'), at('10:00:00'), at('10:00:00.012'))).toEqual({
    due: ['10:00:00'],
    passed: [],
    next: '10:01:00',
  });
});

test('what was missed is made up for as the policy says, and what is on time fires in any case', () => {
  const after = at('10:05:02');
  expect(look(minutely, policy('ALL'), at('10:01:00'), after)).toEqual({
    due: ['10:01:00', '10:02:00', '10:03:00', '10:04:00', '10:05:00'],
    passed: [],
    next: '10:06:00',
  });
  expect(look(minutely, policy('LAST'), at('10:01:00'), after)).toEqual({
    due: ['10:04:00', '10:05:00'],
    passed: ['MISSED 10:01:00'],
    next: '10:06:00',
  });
  expect(look(minutely, policy('NONE'), at('10:01:00'), after)).toEqual({
    due: ['10:05:00'],
    passed: ['MISSED 10:01:00'],
    next: '10:06:00',
  });
  expect(look(minutely, policy('LAST'), at('10:01:00'), at('10:05:30'))).toMatchObject({ due: ['10:05:00'] });
});

test('nothing from before the catch-up window is made up for', () => {
  expect(look(minutely, policy('ALL', 120), at('09:00:00'), at('10:05:30'))).toEqual({
    due: ['10:04:00', '10:05:00'],
    passed: ['MISSED 09:00:00'],
    next: '10:06:00',
  });
  expect(look(minutely, policy('ALL', 0), at('09:00:00'), at('10:05:30'))).toMatchObject({ due: [], next: '10:06:00' });
});

test('a year without anybody there, of a schedule of every second, is looked through at once', () => {
  const secondly = { ...minutely, next: compileTiming({ kind: 'CRON', pattern: '* * * * * *', timeZone: 'UTC' }) };
  const started = performance.now();
  const { due } = findDueTicks(secondly, policy('ALL', 30 * 24 * 3600), new Date('2025-01-01'), at('00:00:00'));
  // The last thousand of those that were missed, and the five seconds that count as on time.
  expect(due).toHaveLength(1_005);
  expect(performance.now() - started).toBeLessThan(5_000);
});

test('in a blackout one tick is skipped for all of it, and the next is the first after it', () => {
  const windows = [{ kind: 'SPAN', startsAt: at('10:00:00'), endsAt: at('12:00:00') } as const];
  const findBlock = compileCalendars([{ id: 'c', name: 'freeze', kind: 'BLACKOUT', windows }]);
  expect(look({ ...minutely, findBlock }, policy('LAST'), at('10:00:00'), at('10:00:00'))).toEqual({
    due: [],
    passed: ['SKIPPED 10:00:00'],
    next: '12:00:00',
  });
});

test('a tick with jitter waits for its own time, and the end of a schedule has no next', () => {
  const jittered = { ...minutely, jitterSeconds: 50 };
  const { due, next } = findDueTicks(jittered, policy('LAST'), at('10:00:00'), at('10:00:00'));
  expect(due).toEqual([]);
  expect(next?.tick).toEqual(at('10:00:00'));
  expect(next?.firesAt.getTime()).toBeGreaterThan(at('10:00:00').getTime());
  const once = { ...minutely, next: compileTiming({ kind: 'ONCE', at: at('10:00:00') }) };
  expect(look(once, policy('LAST'), at('10:00:00'), at('10:00:01'))).toEqual({
    due: ['10:00:00'],
    passed: [],
    next: undefined,
  });
});

test('however often and late it is looked, with ALL every tick is due exactly once', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 400_000 }), { minLength: 1, maxLength: 20 }), (pauses) => {
      let now = at('10:00:00').getTime();
      let nextTick = at('10:00:00');
      const seen: number[] = [];
      for (const pause of pauses) {
        now += pause;
        if (nextTick.getTime() > now) continue;
        const { due, next } = findDueTicks(minutely, policy('ALL', 30 * 24 * 3600), nextTick, new Date(now));
        seen.push(...due.map(({ tick }) => tick.getTime()));
        nextTick = next?.tick ?? nextTick;
      }
      const count = Math.floor((now - at('10:00:00').getTime()) / 60_000) + 1;
      expect(seen).toEqual(Array.from({ length: count }, (_, index) => at('10:00:00').getTime() + index * 60_000));
    }),
  );
});
