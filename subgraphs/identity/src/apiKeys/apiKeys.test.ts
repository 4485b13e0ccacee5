import { parseApiKey, permissionsOf } from '@opsconductor/authz';
import type { UserViewer } from '@opsconductor/authz';
import { DISABLE_USER, givenUser, openWorld } from '../testing/world.ts';
import type { Data, World } from '../testing/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await world.setUp();
});
afterAll(() => world.close());

const FIELDS = 'id name permissions status expiresAt allowedNetworks lastUsedAt lastUsedFrom owner { id }';
const CREATE = `mutation ($input: CreateApiKeyInput!) {
  createApiKey(input: $input) {
    __typename
    ... on ApiKeyCreated { key apiKey { ${FIELDS} } }
    ... on Refusal { message }
    ... on InvalidInput { field }
    ... on PermissionNotGrantable { permission }
  }
}`;
const ROTATE = `mutation ($input: RotateApiKeyInput!) {
  rotateApiKey(input: $input) { __typename ... on ApiKeyRotated { key apiKey { ${FIELDS} } } ... on Refusal { message } }
}`;
const REVOKE = 'mutation ($id: ID!) { revokeApiKey(input: { id: $id }) { __typename } }';
const LIST = `query ($ownerId: ID) { apiKeys(ownerId: $ownerId) { nodes { ${FIELDS} } } }`;
const day = 24 * 60 * 60;

async function givenOperator(): Promise<UserViewer> {
  const { email } = await givenUser(world, { roles: ['OPERATOR'] });
  return world.signIn(email);
}

async function create(viewer: UserViewer, input: object = {}): Promise<Data> {
  const data = await world.ask(viewer, CREATE, { input: { name: 'CI', permissions: ['execution:read'], ...input } });
  return data['createApiKey'] as Data;
}

function resolve(key: string, clientAddress = '203.0.113.5') {
  const parsed = parseApiKey(key);
  if (!parsed) throw new Error('This is no key.');
  return world.identity.resolveApiKey({ ...parsed, clientAddress });
}

test('a key acts for its owner with what both hold, and says when and from where it was used', async () => {
  const owner = await givenOperator();
  const { key, apiKey } = await create(owner, { permissions: ['execution:start', 'execution:read'] });
  expect(apiKey).toMatchObject({
    name: 'CI',
    status: 'ACTIVE',
    owner: { id: owner.userId },
    expiresAt: new Date(world.clock.now().getTime() + 90 * day * 1000).toISOString(),
    lastUsedAt: null,
  });
  expect(await resolve(key)).toEqual({
    outcome: 'accepted',
    userId: owner.userId,
    permissions: ['execution:read', 'execution:start'],
    expiresAt: apiKey.expiresAt,
    allowedNetworks: [],
  });
  const { apiKeys } = await world.ask(owner, LIST);
  expect(apiKeys.nodes).toMatchObject([
    { lastUsedAt: world.clock.now().toISOString(), lastUsedFrom: '203.0.113.5', id: apiKey.id },
  ]);
  await world.prisma.user.update({ where: { id: owner.userId }, data: { roles: ['VIEWER'] } });
  expect(await resolve(key)).toMatchObject({ permissions: ['execution:read'] });
});

test('neither the key nor anything it could be tried against is stored or announced', async () => {
  const owner = await givenOperator();
  await world.takeEvents();
  const { key } = await create(owner);
  const secret = (key as string).slice(-72, -8);
  const rows = await world.prisma.$queryRaw<unknown[]>`select api_keys::text from api_keys`;
  const seen = JSON.stringify([rows, await world.takeEvents()]);
  expect(seen).not.toContain(secret);
  expect(seen).not.toContain(Buffer.from(parseApiKey(key)?.secretDigest ?? '', 'base64url').toString('hex'));
});

test.each([
  [{ name: ' ' }, 'name'],
  [{ name: 'a\u0000b' }, 'name'],
  [{ permissions: [] }, 'permissions'],
  [{ permissions: ['execution:read', 'everything'] }, 'permissions.1'],
  [{ expiresInDays: 0 }, 'expiresInDays'],
  [{ expiresInDays: 366 }, 'expiresInDays'],
  [{ allowedNetworks: ['10.0.0.0/8', 'somewhere'] }, 'allowedNetworks.1'],
  [{ allowedNetworks: Array.from({ length: 51 }, (_, n) => `10.0.0.${n}`) }, 'allowedNetworks'],
])('%j is refused', async (input, field) => {
  expect(await create(await givenOperator(), input)).toMatchObject({ __typename: 'InvalidInput', field });
});

test('nobody gives a key what they do not hold', async () => {
  expect(await create(await givenOperator(), { permissions: ['user:write'] })).toMatchObject({
    __typename: 'PermissionNotGrantable',
    permission: 'user:write',
  });
});

test('a key makes and renews no keys, whatever it may do', async () => {
  const owner = await givenOperator();
  const { apiKey } = await create(owner, { permissions: ['apiKey:write'] });
  const program: UserViewer = {
    ...owner,
    sessionId: apiKey.id,
    apiKeyId: apiKey.id,
    permissions: new Set(['apiKey:write']),
  };
  const input = { name: 'heir', permissions: ['apiKey:write'] };
  for (const answer of [
    await world.send(program, CREATE, { input }),
    await world.send(program, ROTATE, { input: { id: apiKey.id } }),
  ])
    expect(answer).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] });
  expect(await world.ask(program, '{ viewer { user { id } } }')).toEqual({ viewer: { user: { id: owner.userId } } });
});

test('after a rotation both secrets hold for the overlap, then the new one alone', async () => {
  const owner = await givenOperator();
  const { key: old, apiKey } = await create(owner);
  const { rotateApiKey } = await world.ask(owner, ROTATE, { input: { id: apiKey.id, overlapHours: 2 } });
  const fresh = rotateApiKey.key as string;
  expect(fresh).not.toBe(old);
  expect(await resolve(fresh)).toMatchObject({ outcome: 'accepted', expiresAt: apiKey.expiresAt });
  const until = new Date(world.clock.now().getTime() + 2 * 3_600_000).toISOString();
  expect(await resolve(old)).toMatchObject({ outcome: 'accepted', expiresAt: until });
  world.clock.advance(2 * 3_600 + 1);
  expect(await resolve(old)).toEqual({ outcome: 'rejected' });
  expect(await resolve(fresh)).toMatchObject({ outcome: 'accepted' });
});

test('a key that is revoked, has lapsed, or whose owner is disabled does not hold', async () => {
  const [one, other] = [await givenOperator(), await givenOperator()];
  const [revoked, orphaned] = [await create(one), await create(other)];
  expect(await world.ask(one, REVOKE, { id: revoked.apiKey.id })).toMatchObject({
    revokeApiKey: { __typename: 'ApiKeyRevoked' },
  });
  expect(await resolve(revoked.key)).toEqual({ outcome: 'rejected' });
  const short = await create(one, { expiresInDays: 1 });
  await world.setUp();
  await world.ask(world.admin, DISABLE_USER, { id: other.userId });
  expect(await resolve(orphaned.key)).toEqual({ outcome: 'rejected' });
  world.clock.advance(day + 1);
  expect(await resolve(short.key)).toEqual({ outcome: 'rejected' });
  await world.setUp();
  const { apiKeys } = await world.ask(world.admin, LIST, { ownerId: other.userId });
  expect(apiKeys.nodes).toMatchObject([{ status: 'OWNER_DISABLED' }]);
});

test('keys of others are seen with apiKey:read and ended with user:write only', async () => {
  const [owner, stranger] = [await givenOperator(), await givenOperator()];
  const { key, apiKey } = await create(owner);
  const one = 'query ($id: ID!) { apiKey(id: $id) { id } }';
  expect(await world.ask(stranger, one, { id: apiKey.id })).toEqual({ apiKey: null });
  expect(await world.ask(stranger, LIST, { ownerId: owner.userId })).toMatchObject({ apiKeys: { nodes: [] } });
  expect(await world.ask(stranger, REVOKE, { id: apiKey.id })).toMatchObject({
    revokeApiKey: { __typename: 'ApiKeyNotFound' },
  });
  expect(await resolve(key)).toMatchObject({ outcome: 'accepted' });
  await world.setUp();
  expect(await world.ask(world.admin, one, { id: apiKey.id })).toEqual({ apiKey: { id: apiKey.id } });
  expect(await world.ask(world.admin, REVOKE, { id: apiKey.id })).toMatchObject({
    revokeApiKey: { __typename: 'ApiKeyRevoked' },
  });
});

test('owners are reminded once of a key that lapses soon', async () => {
  const owner = await givenOperator();
  const { apiKey } = await create(owner, { expiresInDays: 20 });
  await world.takeEvents();
  world.clock.advance(7 * day);
  await world.replica();
  await world.replica();
  const reminders = (await world.takeEvents()).filter(({ type }) => type === 'identity.apiKey.expiring');
  expect(reminders.filter(({ subject }) => subject.id === apiKey.id)).toMatchObject([
    { data: { ownerId: owner.userId, name: 'CI' } },
  ]);
});

test('operators may have keys', () => {
  expect(permissionsOf(['OPERATOR']).has('apiKey:write')).toBe(true);
  expect(permissionsOf(['VIEWER']).has('apiKey:write')).toBe(false);
});
