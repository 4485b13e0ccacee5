import { generateKeyPair } from '@opsconductor/testkit';
import { randomUUID } from 'node:crypto';
import { anonymous } from '@opsconductor/authz';
import type { Fleet, ReleaseRequest } from '@opsconductor/fleet';
import ssh2 from 'ssh2';
import { createViewer, createWorld } from '../testing/world.ts';
import type { World } from '../testing/world.ts';
import { NOBODY, givenCredential, givenHostKey, givenTarget, unique } from '../testing/given.ts';

let world: World;
let executor: Fleet;
beforeAll(async () => {
  world = await createWorld();
  executor = world.fleetOf('executor');
});
afterAll(() => world.close());

const executionId = '0199a5b0-0000-7000-8000-0000000000ee';
type Task = ReleaseRequest['tasks'][number];

const givenTask = (targetId: string, attempt = 1): Task => ({ taskId: randomUUID(), attempt, targetId });

async function release(...tasks: Task[]) {
  const requestId = randomUUID();
  const call = { viewer: anonymous, requestId, signal: AbortSignal.timeout(10_000) };
  const { connections } = await executor.releaseConnections({ executionId, tasks }, call);
  return { connections, events: await world.listEvents(requestId) };
}

const outcomes = (connections: readonly { outcome: string }[]) => connections.map(({ outcome }) => outcome);

test('a connection holds all it takes to sign in, and the release is recorded and announced without it', async () => {
  const [password, credentialName, name] = [unique('pa55'), unique('login'), unique('web')];
  const credentialId = await givenCredential(world, { name: credentialName, username: 'deploy', password });
  const targetId = await givenTarget(world, { name, address: 'fd00::7', port: 2222, credentialId });
  const [pinned, revoked] = [givenHostKey(), givenHostKey('ecdsa')];
  const keys = [pinned, revoked].map(({ algorithm, publicKey }) => ({ algorithm, publicKey }));
  await world.prisma.hostKey.createMany({
    data: keys.map((key, index) => ({
      targetId,
      ...key,
      fingerprint: `SHA256:${index}`,
      origin: 'OPERATOR',
      revokedAt: index === 0 ? null : new Date(),
    })),
  });
  const task = givenTask(targetId, 3);
  const { connections, events } = await release(task);
  expect(connections).toEqual([
    {
      taskId: task.taskId,
      outcome: 'released',
      address: 'fd00::7',
      port: 2222,
      username: 'deploy',
      authentication: { kind: 'password', password },
      hostKeyPolicy: 'STRICT',
      pinned: [keys[0]],
      revoked: [keys[1]],
    },
  ]);
  expect(events).toEqual([
    expect.objectContaining({
      type: 'assets.credential.released',
      actorId: null,
      subject: { type: 'credential', id: credentialId },
      data: { executionId, taskId: task.taskId, attempt: 3, targetId, targetName: name, credentialName },
    }),
  ]);
  expect(await world.prisma.credentialRelease.findMany({ where: { taskId: task.taskId } })).toEqual([
    { ...task, executionId, credentialId, releasedAt: expect.any(Date) },
  ]);
});

test('a private key comes without a passphrase, and ssh2 reads it', async () => {
  const passphrase = unique('phrase');
  const { privateKey } = generateKeyPair(passphrase, 1);
  const credentialId = await givenCredential(world, { password: undefined, privateKey, passphrase });
  const { connections } = await release(givenTask(await givenTarget(world, { credentialId })));
  const authentication = { kind: 'privateKey', privateKey: expect.any(String) };
  expect(connections).toEqual([expect.objectContaining({ authentication })]);
  for (const connection of connections)
    if (connection.outcome === 'released' && connection.authentication.kind === 'privateKey')
      expect(ssh2.utils.parseKey(connection.authentication.privateKey)).not.toBeInstanceOf(Error);
});

test('an attempt is released once; a later one again; an earlier one no more', async () => {
  const task = givenTask(await givenTarget(world), 2);
  expect(outcomes((await release(task)).connections)).toEqual(['released']);
  const again = await release(task);
  expect(again.connections).toEqual([{ taskId: task.taskId, outcome: 'refused', reason: expect.any(String) }]);
  expect(again.events).toEqual([
    expect.objectContaining({
      type: 'assets.credential.refused',
      subject: { type: 'target', id: task.targetId },
      data: { executionId, taskId: task.taskId, attempt: 2, reason: 'ALREADY_RELEASED' },
    }),
  ]);
  expect(outcomes((await release({ ...task, attempt: 3 })).connections)).toEqual(['released']);
  expect(outcomes((await release({ ...task, attempt: 1 })).connections)).toEqual(['refused']);
});

test('whoever asks at once: one of them gets it', async () => {
  const tasks = await Promise.all(Array.from({ length: 5 }, async () => givenTask(await givenTarget(world))));
  const answers = await Promise.all(Array.from({ length: 6 }, () => release(...tasks)));
  for (const index of tasks.keys()) {
    const got = answers.filter(({ connections }) => connections[index]?.outcome === 'released');
    expect(got).toHaveLength(1);
  }
  expect(answers.flatMap(({ events }) => events.filter(({ type }) => type.endsWith('released')))).toHaveLength(5);
});

test('the same attempt twice in one request is released once', async () => {
  const task = givenTask(await givenTarget(world));
  const { connections, events } = await release(task, { ...task, taskId: task.taskId.toUpperCase() }, task);
  expect(outcomes(connections)).toEqual(['released', 'refused', 'refused']);
  expect(events.filter(({ type }) => type.endsWith('.released'))).toHaveLength(1);
});

test('of a mixed request each task gets its own answer, in order', async () => {
  const [good, deleted] = [await givenTarget(world), await givenTarget(world)];
  await world.prisma.target.update({ where: { id: deleted }, data: { deletedAt: new Date() } });
  const tasks = [givenTask(deleted), givenTask(good), givenTask(NOBODY)];
  const { connections, events } = await release(...tasks);
  expect(connections.map(({ taskId }) => taskId)).toEqual(tasks.map(({ taskId }) => taskId));
  expect(outcomes(connections)).toEqual(['refused', 'released', 'refused']);
  const reasons = new Map(events.map(({ data }) => [data['taskId'], data['reason']]));
  expect(tasks.map(({ taskId }) => reasons.get(taskId))).toEqual(['TARGET_NOT_FOUND', undefined, 'TARGET_NOT_FOUND']);
});

test('a credential that was swapped by SQL is refused, not released, and holds up no other', async () => {
  const [stolen, own, other] = await Promise.all([
    givenCredential(world),
    givenCredential(world),
    givenCredential(world),
  ]);
  await world.prisma.$executeRaw`
    update credential_versions
    set sealed = (select sealed from credential_versions where credential_id = ${stolen}::uuid)
    where credential_id = ${own}::uuid`;
  const swapped = givenTask(await givenTarget(world, { credentialId: own }));
  const sound = givenTask(await givenTarget(world, { credentialId: other }));
  const { connections, events } = await release(swapped, sound);
  expect(outcomes(connections)).toEqual(['refused', 'released']);
  const refused = events.filter(({ type }) => type === 'assets.credential.refused');
  expect(refused.map(({ data }) => data['reason'])).toEqual(['CREDENTIAL_UNREADABLE']);
  expect(await world.prisma.credentialRelease.count({ where: { taskId: swapped.taskId } })).toBe(0);
});

test('the number of statements does not grow with the number of tasks', async () => {
  const targets = await Promise.all(Array.from({ length: 12 }, () => givenTarget(world)));
  const tasks = Array.from({ length: 50 }, (_, index) => givenTask(targets[index % 12] ?? NOBODY));
  const forOne = await world.countStatements(() => release(givenTask(targets[0] ?? NOBODY)));
  const forFifty = await world.countStatements(() => release(...tasks));
  expect(forFifty).toBe(forOne);
  expect(forOne).toBeLessThanOrEqual(10);
});

test('an executor that acts for a user says so in the audit', async () => {
  const viewer = createViewer();
  const task = givenTask(await givenTarget(world));
  const requestId = randomUUID();
  const call = { viewer, requestId, signal: AbortSignal.timeout(10_000) };
  await executor.releaseConnections({ executionId, tasks: [task] }, call);
  expect(await world.listEvents(requestId)).toEqual([
    expect.objectContaining({ actorId: viewer.kind === 'user' && viewer.userId }),
  ]);
});
