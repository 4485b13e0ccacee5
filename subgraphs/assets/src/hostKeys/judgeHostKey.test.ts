import { NOBODY, givenHostKey, givenTarget } from '../testing/given.ts';
import type { HostKeyLine } from '../testing/given.ts';
import { createWorld } from '../testing/world.ts';
import type { World } from '../testing/world.ts';
import { anonymous } from '@opsconductor/authz';
import type { Fleet } from '@opsconductor/fleet';
import { randomUUID } from 'node:crypto';

let world: World;
let executor: Fleet;
beforeAll(async () => {
  world = await createWorld();
  executor = world.fleetOf('executor');
});
afterAll(() => world.close());

const executionId = '0199a5b0-0000-7000-8000-0000000000ee';

async function present(targetId: string, { algorithm, publicKey }: HostKeyLine) {
  const requestId = randomUUID();
  const { isAccepted } = await executor.judgeHostKey(
    { executionId, targetId, algorithm, publicKey, fingerprint: 'SHA256:whatever' },
    { viewer: anonymous, requestId, signal: AbortSignal.timeout(10_000) },
  );
  return { isAccepted, events: await world.listEvents(requestId) };
}

const givenTrusting = () => givenTarget(world, { hostKeyPolicy: 'TRUST_ON_FIRST_USE' });
const fingerprintOf = async (targetId: string) => {
  const [key] = await world.prisma.hostKey.findMany({ where: { targetId } });
  return key?.fingerprint;
};

test('first use pins the key, once, and says so', async () => {
  const id = await givenTrusting();
  const key = givenHostKey();
  const first = await present(id, key);
  expect(first).toEqual({
    isAccepted: true,
    events: [
      expect.objectContaining({
        type: 'assets.hostKey.pinned',
        actorId: null,
        data: { targetId: id, algorithm: key.algorithm, fingerprint: await fingerprintOf(id), origin: 'FIRST_USE' },
      }),
    ],
  });
  expect(await present(id, key)).toEqual({ isAccepted: true, events: [] });
});

test('another key later is refused and announced, with the fingerprint that its bytes have', async () => {
  const id = await givenTrusting();
  await present(id, givenHostKey());
  const { isAccepted, events } = await present(id, givenHostKey());
  expect(isAccepted).toBe(false);
  expect(events).toEqual([
    expect.objectContaining({
      type: 'assets.hostKey.mismatched',
      subject: { type: 'target', id },
      data: {
        executionId,
        algorithm: 'ssh-ed25519',
        fingerprint: expect.stringMatching(/^SHA256:.{43}$/),
        reason: 'CHANGED',
      },
    }),
  ]);
  expect(await world.prisma.hostKey.count({ where: { targetId: id } })).toBe(1);
});

test('a key of an algorithm that was not seen before is refused too', async () => {
  const id = await givenTrusting();
  await present(id, givenHostKey('ed25519'));
  expect(await present(id, givenHostKey('ecdsa'))).toMatchObject({ isAccepted: false });
});

test('the strict policy accepts no key that nobody pinned', async () => {
  const { isAccepted, events } = await present(await givenTarget(world), givenHostKey());
  expect(isAccepted).toBe(false);
  expect(events).toEqual([expect.objectContaining({ data: expect.objectContaining({ reason: 'NOT_PINNED' }) })]);
});

test('of different first keys at once one is accepted, and of equal ones all', async () => {
  for (let round = 0; round < 5; round += 1) {
    const id = await givenTrusting();
    const keys = [givenHostKey(), givenHostKey(), givenHostKey()];
    const twice = [...keys, ...keys];
    const answers = await Promise.all(twice.map((key) => present(id, key)));
    const accepted = twice.filter((_key, index) => answers[index]?.isAccepted);
    expect(new Set(accepted).size).toBe(1);
    expect(accepted).toHaveLength(2);
    expect(await world.prisma.hostKey.findMany({ where: { targetId: id } })).toEqual([
      expect.objectContaining({ publicKey: accepted[0]?.publicKey, origin: 'FIRST_USE' }),
    ]);
  }
});

test('a key that is pinned takes no lock: a busy target does not hold up its executions', async () => {
  const id = await givenTrusting();
  const key = givenHostKey();
  await present(id, key);
  await world.prisma.$transaction(async (db) => {
    await db.$queryRaw`select id from targets where id = ${id}::uuid for update`;
    expect(await present(id, key)).toMatchObject({ isAccepted: true });
  });
});

test('a deleted target, an unknown one and bytes that are no key are refused', async () => {
  const id = await givenTrusting();
  const key = givenHostKey();
  await world.prisma.target.update({ where: { id }, data: { deletedAt: new Date() } });
  expect(await present(id, key)).toEqual({ isAccepted: false, events: [] });
  expect(await present(NOBODY, key)).toEqual({ isAccepted: false, events: [] });
  const trusting = await givenTrusting();
  for (const bad of [
    { ...key, publicKey: 'AAAA' },
    { ...key, algorithm: 'ssh-rsa' },
    { ...key, publicKey: '' },
  ])
    expect(await present(trusting, bad)).toEqual({ isAccepted: false, events: [] });
});
