import { createMemoryWakeUps } from '../testing/memoryWakeUps.ts';
import { VirtualClock, settle } from '../testing/virtualClock.ts';
import type { OperationResult } from '../operations/operation.ts';
import { liveAnswers } from './liveAnswers.ts';
import { createQueryReader } from './reader.ts';
import { SharedReads } from './sharedReads.ts';

interface LiveTestOptions {
  expiresAt?: number;
  throttleMs?: number;
  read?: () => Promise<OperationResult>;
}

/** A live query over a number that the test changes, pulled by the test. */
function startLive({ expiresAt = Infinity, throttleMs = 0, read }: LiveTestOptions = {}) {
  const clock = new VirtualClock();
  const wakeUps = createMemoryWakeUps();
  const reads = new SharedReads<OperationResult>();
  const controller = new AbortController();
  const state = { value: 0, reads: 0, topic: 't' };
  const reloads = new Set<() => void>();
  const reload = (): void => reloads.forEach((wake) => wake());
  const reader = createQueryReader(async () => {
    state.reads += 1;
    return read ? read() : { data: { value: state.value } };
  }, 'value');
  const answers = liveAnswers({
    topic: () => state.topic,
    wakeUps,
    onReload(wake) {
      reloads.add(wake);
      return () => void reloads.delete(wake);
    },
    throttleMs,
    reader,
    stamp: () => reads.stamp(),
    expiresAt,
    signal: controller.signal,
    settings: { backstopSeconds: 15, pushIntervalMs: 50 },
    clock,
    random: () => 0.5,
  });
  const change = async (value: number): Promise<void> => {
    state.value = value;
    await wakeUps.announce([state.topic]);
  };
  return { reload, reloads, clock, wakeUps, controller, state, answers, change };
}

const valueOf = (result: IteratorResult<OperationResult, unknown>) =>
  result.done ? { ended: result.value } : result.value.data;

describe('a live query', () => {
  test('I1 answers at once', async () => {
    const { answers } = startLive();
    expect(valueOf(await answers.next())).toEqual({ value: 0 });
  });

  test('I2 reads nothing before it is pulled, and nothing while its answer is not taken', async () => {
    const { answers, state, change, clock } = startLive();
    await settle();
    expect(state.reads).toBe(0);
    await answers.next();
    for (let value = 1; value <= 1_000; value += 1) await change(value);
    await clock.advance(60_000);
    expect(state.reads).toBe(1);
    expect(valueOf(await answers.next())).toEqual({ value: 1_000 });
    expect(state.reads).toBe(2);
  });

  test('I3 listens before it reads: a change during the first read is not missed', async () => {
    const changed: (() => Promise<void>)[] = [];
    const live = startLive({
      read: async () => {
        const seen = live.state.value;
        await changed.shift()?.();
        return { data: { value: seen } };
      },
    });
    changed.push(() => live.change(7));
    expect(valueOf(await live.answers.next())).toEqual({ value: 0 });
    const next = live.answers.next();
    await live.clock.advance(50);
    expect(valueOf(await next)).toEqual({ value: 7 });
  });

  test('I4 pushes no answer twice in a row', async () => {
    const { answers, state, change, clock } = startLive();
    await answers.next();
    const next = answers.next();
    await change(0);
    await clock.advance(1_000);
    expect(state.reads).toBe(2);
    await change(1);
    await clock.advance(1_000);
    expect(valueOf(await next)).toEqual({ value: 1 });
  });

  test('I5 reads at most once in the push interval, however many wake-ups come', async () => {
    const { answers, state, change, clock, controller } = startLive();
    await answers.next();
    const next = answers.next();
    for (let millisecond = 0; millisecond < 1_000; millisecond += 1) {
      await change(0);
      await clock.advance(1);
    }
    expect(state.reads).toBe(21);
    controller.abort();
    await next;
  });

  test('I5 reads at most once in the time of a throttle that is longer, and then what is true by then', async () => {
    const { answers, state, change, clock } = startLive({ throttleMs: 1_000 });
    await answers.next();
    const next = answers.next();
    for (let value = 1; value <= 9; value += 1) {
      await change(value);
      await clock.advance(100);
    }
    expect(state.reads).toBe(1);
    await clock.advance(100);
    expect(valueOf(await next)).toEqual({ value: 9 });
  });

  test('I11 reads again when another supergraph is served, and listens to what wakes it there', async () => {
    const { answers, state, change, clock, reload, reloads, wakeUps, controller } = startLive();
    await answers.next();
    const next = answers.next();
    Object.assign(state, { topic: 'elsewhere', value: 1 });
    reload();
    await clock.advance(50);
    expect(valueOf(await next)).toEqual({ value: 1 });
    expect(wakeUps.topics).toEqual(['elsewhere']);
    const later = answers.next();
    await change(2);
    await clock.advance(50);
    expect(valueOf(await later)).toEqual({ value: 2 });
    const last = answers.next();
    controller.abort();
    await last;
    expect([wakeUps.topics, reloads.size]).toEqual([[], 0]);
  });

  test('I6 reads without a wake-up after the backstop: a lost one costs delay', async () => {
    const { answers, state, clock } = startLive();
    await answers.next();
    const next = answers.next();
    state.value = 3;
    await clock.advance(14_999);
    expect(state.reads).toBe(1);
    await clock.advance(1);
    expect(valueOf(await next)).toEqual({ value: 3 });
  });

  test('I7 tries a failed read again soon, with growing pauses up to the backstop', async () => {
    const at: number[] = [];
    const live = startLive({
      read: async () => {
        at.push(live.clock.now());
        return {
          errors: [{ message: 'x', extensions: { code: 'UNAVAILABLE', requestId: String(at.length) } }],
          data: null,
        };
      },
    });
    await live.answers.next();
    const next = live.answers.next();
    await live.clock.advance(60_000);
    expect(at).toEqual([0, 1_000, 3_000, 7_000, 15_000, 30_000, 45_000, 60_000]);
    live.controller.abort();
    await next;
  });

  test('I8 ends with the token, also when nothing happens', async () => {
    const { answers, clock, wakeUps } = startLive({ expiresAt: 5_000 });
    await answers.next();
    const next = answers.next();
    await clock.advance(5_000);
    expect(valueOf(await next)).toEqual({ ended: 'token_expired' });
    expect([wakeUps.topics, clock.pending]).toEqual([[], 0]);
  });

  test('I8 reads nothing in the name of a viewer whose token has lapsed meanwhile', async () => {
    const { answers, clock, change, state } = startLive({ expiresAt: 5_000 });
    await answers.next();
    await change(1);
    await clock.advance(6_000);
    expect(valueOf(await answers.next())).toEqual({ ended: 'token_expired' });
    expect(state.reads).toBe(1);
  });

  test.each(['server_close', 'slow_consumer', 'completed'] as const)(
    'I9 ends at once with the reason %s',
    async (reason) => {
      const { answers, controller, wakeUps, clock } = startLive();
      await answers.next();
      const next = answers.next();
      await settle();
      controller.abort(reason);
      expect(valueOf(await next)).toEqual({ ended: reason });
      expect([wakeUps.topics, clock.pending]).toEqual([[], 0]);
    },
  );

  test('I9 lets go of everything when it is returned', async () => {
    const { answers, wakeUps, clock } = startLive();
    await answers.next();
    expect(wakeUps.topics).toEqual(['t']);
    await answers.return('completed');
    expect([wakeUps.topics, clock.pending]).toEqual([[], 0]);
  });

  test('I10 ends after saying so when the viewer may not have it', async () => {
    const { answers } = startLive({
      read: async () => ({
        data: { value: null },
        errors: [{ message: 'no', path: ['value'], extensions: { code: 'UNAUTHORIZED_FIELD_OR_TYPE' } }],
      }),
    });
    expect(valueOf(await answers.next())).toEqual({ value: null });
    expect(valueOf(await answers.next())).toEqual({ ended: 'refused' });
  });

  test('I10 goes on when only a part below is refused', async () => {
    const { answers, clock, controller, state } = startLive({
      read: async () => ({
        data: { value: { name: 'x', email: null } },
        errors: [{ message: 'no', path: ['value', 'email'], extensions: { code: 'UNAUTHORIZED_FIELD_OR_TYPE' } }],
      }),
    });
    await answers.next();
    const next = answers.next();
    await clock.advance(15_000);
    expect(state.reads).toBe(2);
    controller.abort();
    expect(valueOf(await next)).toEqual({ ended: 'client_disconnect' });
  });
});
