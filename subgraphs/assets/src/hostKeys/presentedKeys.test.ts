import { randomUUID } from 'node:crypto';
import { anonymous } from '@opsconductor/authz';
import { NOBODY, givenHostKey, givenTarget } from '../testing/given.ts';
import type { HostKeyLine } from '../testing/given.ts';
import { createWorld } from '../testing/world.ts';
import type { Caller, World } from '../testing/world.ts';

let world: World;
let operator: Caller;
beforeAll(async () => {
  world = await createWorld();
  operator = world.as('target:read', 'target:write');
});
afterAll(() => world.close());

const executionId = '0199a5b0-0000-7000-8000-0000000000ee';
const present = async (targetId: string, { algorithm, publicKey }: HostKeyLine) => {
  const call = { viewer: anonymous, requestId: randomUUID(), signal: AbortSignal.timeout(10_000) };
  const presented = { executionId, targetId, algorithm, publicKey, fingerprint: 'SHA256:x' };
  return (await world.fleetOf('executor').judgeHostKey(presented, call)).isAccepted;
};
const read = async (id: string) => {
  const { data, errors } = await operator(
    `query ($id: ID!) {
      target(id: $id) {
        state { hostKey }
        hostKeys { state fingerprint }
        presentedHostKeys { id state fingerprint execution { id } }
      }
    }`,
    { id },
  );
  expect(errors).toBeUndefined();
  return data.target;
};
const decide = async (verb: 'approve' | 'reject', input: Record<string, unknown>) => {
  const answer = await operator(
    `mutation ($input: ${verb === 'approve' ? 'Approve' : 'Reject'}HostKeyInput!) {
      ${verb}HostKey(input: $input) { __typename ... on InvalidInput { field } }
    }`,
    { input },
  );
  expect(answer.errors).toBeUndefined();
  return { ...answer.data[`${verb}HostKey`], requestId: answer.requestId };
};
const trusting = () => givenTarget(world, { hostKeyPolicy: 'TRUST_ON_FIRST_USE' });

test('a key that nobody pinned is remembered for a person, and approved with a reason', async () => {
  const id = await givenTarget(world);
  const key = givenHostKey();
  expect(await present(id, key)).toBe(false);
  const before = await read(id);
  expect(before).toMatchObject({
    state: { hostKey: 'UNVERIFIED' },
    hostKeys: [],
    presentedHostKeys: [{ state: 'UNVERIFIED', execution: { id: executionId } }],
  });
  const [{ id: presentedKeyId }] = before.presentedHostKeys;
  const given = { targetId: id, presentedKeyId };
  expect(await decide('approve', { ...given, reason: ' ' })).toMatchObject({
    __typename: 'InvalidInput',
    field: 'reason',
  });
  const { __typename, requestId } = await decide('approve', { ...given, reason: 'Read from its console' });
  expect(__typename).toBe('HostKeyApproved');
  expect(await world.listEvents(requestId)).toEqual([
    expect.objectContaining({
      type: 'assets.hostKey.approved',
      data: expect.objectContaining({ reason: 'Read from its console', replaced: 0 }),
    }),
  ]);
  expect(await present(id, key)).toBe(true);
  expect(await read(id)).toMatchObject({ state: { hostKey: 'PINNED' }, presentedHostKeys: [] });
  expect((await decide('approve', { ...given, reason: 'again' })).__typename).toBe('HostKeyNotFound');
});

test('a changed key is refused until it is approved, and then the old one is refused', async () => {
  const id = await trusting();
  const [old, fresh] = [givenHostKey(), givenHostKey()];
  expect(await present(id, old)).toBe(true);
  expect((await read(id)).state.hostKey).toBe('PINNED');
  expect(await present(id, fresh)).toBe(false);
  const changed = await read(id);
  expect(changed).toMatchObject({ state: { hostKey: 'CHANGED' }, presentedHostKeys: [{ state: 'CHANGED' }] });
  const found = await operator('{ targets(filter: { expression: "hostkey=changed" }) { nodes { id } } }');
  expect(found.data.targets.nodes).toContainEqual({ id });
  await decide('approve', { targetId: id, presentedKeyId: changed.presentedHostKeys[0].id, reason: 'Installed anew' });
  expect(await present(id, fresh)).toBe(true);
  expect(await present(id, old)).toBe(false);
  expect(await read(id)).toMatchObject({ state: { hostKey: 'REVOKED' }, presentedHostKeys: [{ state: 'REVOKED' }] });
});

test('others are kept where that is wanted', async () => {
  const id = await trusting();
  const [one, other] = [givenHostKey(), givenHostKey('ecdsa')];
  await present(id, one);
  await present(id, other);
  const [{ id: presentedKeyId }] = (await read(id)).presentedHostKeys;
  await decide('approve', { targetId: id, presentedKeyId, reason: 'Both', keepOthers: true });
  expect([await present(id, one), await present(id, other)]).toEqual([true, true]);
});

test('a rejected key is refused for ever, and what was trusted stays so', async () => {
  const id = await trusting();
  const [good, bad] = [givenHostKey(), givenHostKey()];
  await present(id, good);
  await present(id, bad);
  const [{ id: presentedKeyId }] = (await read(id)).presentedHostKeys;
  expect((await decide('reject', { targetId: id, presentedKeyId, reason: 'Not ours' })).__typename).toBe(
    'HostKeyRejected',
  );
  expect(await read(id)).toMatchObject({ state: { hostKey: 'PINNED' }, presentedHostKeys: [] });
  expect([await present(id, good), await present(id, bad)]).toEqual([true, false]);
});

test('a host that shows another key each time fills no table', async () => {
  const id = await givenTarget(world);
  for (let times = 0; times < 14; times += 1) await present(id, givenHostKey());
  expect((await read(id)).presentedHostKeys).toHaveLength(10);
});

test('executors are not given what somebody only presented', async () => {
  const id = await givenTarget(world);
  await present(id, givenHostKey());
  const call = { viewer: anonymous, requestId: randomUUID(), signal: AbortSignal.timeout(10_000) };
  const tasks = [{ taskId: randomUUID(), attempt: 1, targetId: id }];
  const { connections } = await world.fleetOf('executor').releaseConnections({ executionId, tasks }, call);
  expect(connections).toEqual([expect.objectContaining({ outcome: 'released', pinned: [], revoked: [] })]);
});

test('what is not there is not found', async () => {
  const given = { presentedKeyId: NOBODY, reason: 'x' };
  expect((await decide('approve', { ...given, targetId: NOBODY })).__typename).toBe('TargetNotFound');
  expect((await decide('reject', { ...given, targetId: await givenTarget(world) })).__typename).toBe('HostKeyNotFound');
});
