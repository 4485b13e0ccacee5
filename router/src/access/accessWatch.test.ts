import type { UserViewer } from '@opsconductor/authz';
import { createLog } from '@opsconductor/telemetry';
import { createMemoryWakeUps } from '../testing/memoryWakeUps.ts';
import { VirtualClock, settle } from '../testing/virtualClock.ts';
import { createAccessWatch } from './accessWatch.ts';

const TOKEN_MS = 300_000;

function viewerOf(userId: string, expiresAtMs = TOKEN_MS): UserViewer {
  const expiresAt = new Date(expiresAtMs);
  return { kind: 'user', userId, sessionId: `of-${userId}`, permissions: new Set(['target:read']), expiresAt };
}

function start() {
  const clock = new VirtualClock();
  const wakeUps = createMemoryWakeUps();
  const heard: string[] = [];
  const listen: typeof wakeUps.listen = (topic, wake) => {
    heard.push(topic);
    const stop = wakeUps.listen(topic, wake);
    return () => {
      heard.splice(heard.indexOf(topic), 1);
      stop();
    };
  };
  const state = { ended: new Set<string>(), isDown: false, checks: 0, atOnce: 0, mostAtOnce: 0 };
  const access = createAccessWatch({
    async check({ userId }) {
      state.checks += 1;
      state.mostAtOnce = Math.max(state.mostAtOnce, (state.atOnce += 1));
      await settle();
      state.atOnce -= 1;
      if (state.isDown) throw new Error('nobody answers');
      return !state.ended.has(userId);
    },
    wakeUps: { listen, isConnected: () => wakeUps.isUp },
    clock,
    log: createLog('test', { level: 'silent' }),
  });
  return { access, clock, wakeUps, heard, state };
}

test('R1 a token is asked for once, when it is first seen, and before anything is done in its name', async () => {
  const { access, state } = start();
  await access.admit(viewerOf('ann'));
  await access.admit(viewerOf('ann'));
  expect(state.checks).toBe(1);
  state.ended.add('bob');
  await expect(access.admit(viewerOf('bob'))).rejects.toThrow('sign in again');
  access.close();
});

test.each([
  ['its session', 'session.of-ann'],
  ['its principal', 'principal.ann'],
])('R2 a wake-up of %s revokes a token that holds no more, at once, everywhere', async (_name, topic) => {
  const { access, state, wakeUps } = start();
  await access.admit(viewerOf('ann'));
  const revoked: string[] = [];
  access.watch(viewerOf('ann'), () => revoked.push('one'));
  access.watch(viewerOf('ann'), () => revoked.push('other'));
  access.watch(viewerOf('bob'), () => revoked.push('of somebody else'));
  state.ended.add('ann');
  await wakeUps.announce([topic]);
  await settle();
  await settle();
  expect(revoked).toEqual(['one', 'other']);
  await expect(access.admit(viewerOf('ann'))).rejects.toThrow();
  await wakeUps.announce([topic]);
  await settle();
  expect(revoked).toHaveLength(2);
  access.close();
});

test('R2 a wake-up that says nothing new revokes nothing', async () => {
  const { access, wakeUps, state } = start();
  const revoked: string[] = [];
  access.watch(viewerOf('ann'), () => revoked.push('one'));
  for (let time = 0; time < 100; time += 1) await wakeUps.announce(['session.of-ann']);
  for (let turn = 0; turn < 5; turn += 1) await settle();
  expect([revoked, state.checks]).toEqual([[], 2]);
  await access.admit(viewerOf('ann'));
  access.close();
});

test('R3 while wake-ups may be missed, an end is found within 5 s', async () => {
  const { access, clock, wakeUps, state } = start();
  const revoked: string[] = [];
  access.watch(viewerOf('ann'), () => revoked.push('ann'));
  await clock.advance(60_000);
  expect(state.checks).toBe(1);
  wakeUps.isUp = false;
  state.ended.add('ann');
  await clock.advance(4_500);
  expect(revoked).toEqual(['ann']);
  access.close();
});

test('R4 what nobody can tell is asked again, and counts as good meanwhile', async () => {
  const { access, clock, state } = start();
  state.isDown = true;
  const revoked: string[] = [];
  const admitted = access.admit(viewerOf('ann'));
  await clock.advance(2_000);
  await admitted;
  access.watch(viewerOf('ann'), () => revoked.push('ann'));
  state.ended.add('ann');
  state.isDown = false;
  await clock.advance(2_500);
  expect(revoked).toEqual(['ann']);
  access.close();
});

test('R5 no more than a few are asked for at once, when everything is woken say', async () => {
  const { access, wakeUps, state } = start();
  const users = Array.from({ length: 500 }, (_, index) => `user-${index}`);
  await Promise.all(users.map((user) => access.admit(viewerOf(user))));
  await wakeUps.announce(users.map((user) => `principal.${user}`));
  while (state.checks < 1_000) await settle();
  expect(state.mostAtOnce).toBe(16);
  access.close();
});

test('R6 a token that was ended by its user is watched until its time for those who are open, and then let go', async () => {
  const { access, heard, wakeUps, state } = start();
  const revoked: string[] = [];
  const first = viewerOf('first');
  const unwatch = access.watch(first, () => revoked.push('first'));
  for (let user = 0; user < 10_000; user += 1) await access.admit(viewerOf(`u${user}`));
  expect(heard).toContain('session.of-first');
  state.ended.add('first');
  await wakeUps.announce(['session.of-first']);
  await settle();
  await settle();
  expect(revoked).toEqual(['first']);
  unwatch();
  expect(heard).not.toContain('session.of-first');
  access.close();
  expect(heard).toEqual([]);
});
