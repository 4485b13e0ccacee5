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

const hostKey = 'id algorithm fingerprint state pinnedBy pinnedAt';
const pinHostKey = `mutation ($input: PinHostKeyInput!) {
  pinHostKey(input: $input) {
    __typename
    ... on HostKeyPinned { target { id hostKeys { id state } } hostKey { ${hostKey} } }
    ... on TargetNotFound { ids }
    ... on InvalidInput { field message }
  }
}`;
const revokeHostKey = `mutation ($input: RevokeHostKeyInput!) {
  revokeHostKey(input: $input) {
    __typename
    ... on HostKeyRevoked { target { id hostKeys { id state } } hostKey { ${hostKey} } }
    ... on TargetNotFound { ids }
    ... on HostKeyNotFound { message }
  }
}`;

const pin = async (targetId: string, publicKey: string) => {
  const { data, requestId } = await operator(pinHostKey, { input: { targetId, publicKey } });
  return { ...data.pinHostKey, requestId };
};
const revoke = async (targetId: string, hostKeyId: string) => {
  const { data, requestId } = await operator(revokeHostKey, { input: { targetId, hostKeyId } });
  return { ...data.revokeHostKey, requestId };
};
const isAccepted = async (targetId: string, { algorithm, publicKey }: HostKeyLine) => {
  const presented = { executionId: NOBODY, targetId, algorithm, publicKey, fingerprint: '' };
  const call = { viewer: operator.viewer, requestId: 'judge', signal: AbortSignal.timeout(10_000) };
  return (await world.fleetOf('executor').judgeHostKey(presented, call)).isAccepted;
};

test('a key that an operator pins is trusted until it is revoked, and then never, whatever the policy', async () => {
  const id = await givenTarget(world, { hostKeyPolicy: 'TRUST_ON_FIRST_USE' });
  const key = givenHostKey();
  const pinned = await pin(id, `web-1 ${key.line} comment`);
  expect(pinned).toMatchObject({
    __typename: 'HostKeyPinned',
    hostKey: {
      algorithm: 'ssh-ed25519',
      fingerprint: expect.stringMatching(/^SHA256:/),
      state: 'PINNED',
      pinnedBy: 'OPERATOR',
    },
    target: { id, hostKeys: [{ id: pinned.hostKey.id, state: 'PINNED' }] },
  });
  expect(await isAccepted(id, key)).toBe(true);
  const revoked = await revoke(id, pinned.hostKey.id);
  expect(revoked).toMatchObject({
    __typename: 'HostKeyRevoked',
    hostKey: { ...pinned.hostKey, state: 'REVOKED' },
    target: { id, hostKeys: [{ id: pinned.hostKey.id, state: 'REVOKED' }] },
  });
  expect(await isAccepted(id, key)).toBe(false);
  const data = { targetId: id, algorithm: 'ssh-ed25519', fingerprint: pinned.hostKey.fingerprint, origin: 'OPERATOR' };
  const subject = { type: 'hostKey', id: pinned.hostKey.id };
  const actorId = operator.viewer.kind === 'user' ? operator.viewer.userId : '';
  expect(await world.listEvents(pinned.requestId)).toEqual([
    expect.objectContaining({ type: 'assets.hostKey.pinned', subject, data, actorId }),
  ]);
  expect(await world.listEvents(revoked.requestId)).toEqual([
    expect.objectContaining({ type: 'assets.hostKey.revoked', subject, data, actorId }),
  ]);
});

test('pinning and revoking twice is the same as once, and announced once', async () => {
  const id = await givenTarget(world);
  const { line } = givenHostKey();
  const [first, second] = [await pin(id, line), await pin(id, line)];
  expect(second.hostKey).toEqual(first.hostKey);
  expect(await world.listEvents(second.requestId)).toEqual([]);
  const [third, fourth] = [await revoke(id, first.hostKey.id), await revoke(id, first.hostKey.id)];
  expect(fourth.hostKey).toEqual(third.hostKey);
  expect(await world.listEvents(fourth.requestId)).toEqual([]);
});

test('an operator may pin a revoked key again', async () => {
  const id = await givenTarget(world);
  const key = givenHostKey();
  const { hostKey: pinned } = await pin(id, key.line);
  await revoke(id, pinned.id);
  expect(await pin(id, key.line)).toMatchObject({ hostKey: { id: pinned.id, state: 'PINNED' } });
  expect(await isAccepted(id, key)).toBe(true);
});

test('a key of first use becomes the operator’s when they pin it', async () => {
  const id = await givenTarget(world, { hostKeyPolicy: 'TRUST_ON_FIRST_USE' });
  const key = givenHostKey();
  expect(await isAccepted(id, key)).toBe(true);
  const { data } = await operator('query ($id: ID!) { target(id: $id) { hostKeys { pinnedBy state } } }', { id });
  expect(data.target.hostKeys).toEqual([{ pinnedBy: 'FIRST_USE', state: 'PINNED' }]);
  expect(await pin(id, key.line)).toMatchObject({ hostKey: { pinnedBy: 'OPERATOR' }, target: { hostKeys: [{}] } });
});

test('pinned keys of several algorithms live beside each other', async () => {
  const id = await givenTarget(world);
  const keys = [givenHostKey('ed25519'), givenHostKey('ecdsa')];
  for (const { line } of keys) await pin(id, line);
  for (const key of keys) expect(await isAccepted(id, key)).toBe(true);
});

test('the largest keys that there are can be pinned', async () => {
  // RSA of 16384 bits: its base64 is longer than an index entry may be.
  const wire = Buffer.concat([
    sshString('ssh-rsa'),
    sshString([1, 0, 1]),
    sshString([0, 0xc1, ...Array(2047).fill(0xa5)]),
  ]);
  const id = await givenTarget(world);
  const key = { algorithm: 'ssh-rsa', publicKey: wire.toString('base64'), line: `ssh-rsa ${wire.toString('base64')}` };
  expect(await pin(id, key.line)).toMatchObject({ __typename: 'HostKeyPinned' });
  expect(await isAccepted(id, key)).toBe(true);
});

test('a target has at most 50 keys', async () => {
  const id = await givenTarget(world);
  const others = Array.from({ length: 49 }, (_, number) => ({
    targetId: id,
    algorithm: 'ssh-ed25519',
    publicKey: `${number}`,
    fingerprint: `${number}`,
    origin: 'OPERATOR' as const,
  }));
  await world.prisma.hostKey.createMany({ data: others });
  expect(await pin(id, givenHostKey().line)).toMatchObject({ __typename: 'HostKeyPinned' });
  expect(await pin(id, givenHostKey().line)).toMatchObject({ __typename: 'InvalidInput', field: 'targetId' });
});

test('what is not a key is refused', async () => {
  const id = await givenTarget(world);
  for (const text of ['', 'ssh-ed25519', 'ssh-ed25519 AAAA', `@revoked web-1 ${givenHostKey().line}`])
    expect(await pin(id, text)).toMatchObject({ __typename: 'InvalidInput', field: 'publicKey' });
});

test('an unknown or malformed id is refused, and so is a key of another target', async () => {
  const [id, other] = [await givenTarget(world), await givenTarget(world)];
  const { hostKey: foreign } = await pin(other, givenHostKey().line);
  for (const none of ['', 'x', '\0', NOBODY]) {
    expect(await pin(none, givenHostKey().line)).toMatchObject({ __typename: 'TargetNotFound', ids: [none] });
    expect(await revoke(none, foreign.id)).toMatchObject({ __typename: 'TargetNotFound', ids: [none] });
    expect(await revoke(id, none)).toMatchObject({ __typename: 'HostKeyNotFound' });
  }
  expect(await revoke(id, foreign.id)).toMatchObject({ __typename: 'HostKeyNotFound' });
});

function sshString(content: string | number[]): Buffer {
  const bytes = Buffer.from(content as string);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
