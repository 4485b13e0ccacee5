import { anonymous } from '@opsconductor/authz';
import { Secret, createRootKey, createVault } from '@opsconductor/vault';
import { StartupFault } from '@opsconductor/process';
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import type { JSONWebKeySet } from 'jose';
import { createIdentity } from '../index.ts';
import { PASSWORD, SIGN_IN, openWorld, sendTo } from '../testing/world.ts';
import type { Data, World } from '../testing/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.startOver();
  await world.setUp();
});

async function newToken(identity = world.identity): Promise<string> {
  const { data } = await sendTo(identity, anonymous, SIGN_IN, { email: 'ada@example.org', password: PASSWORD });
  return (data as Data).signIn.accessToken;
}

function verify(token: string, keySet: JSONWebKeySet) {
  return jwtVerify(token, createLocalJWKSet(keySet), { algorithms: ['ES256'], currentDate: world.clock.now() });
}

test('processes that start at once on an empty database agree on one key', async () => {
  await world.prisma.signingKey.deleteMany();
  const replicas = await Promise.all([world.replica(), world.replica(), world.replica()]);
  expect(await world.prisma.signingKey.count()).toBe(1);
  const token = await newToken(replicas[0]);
  for (const replica of replicas) await verify(token, await replica.jwks());
});

test('the key set shows public parts only, and the private one is stored sealed', async () => {
  const { keys } = await world.identity.jwks();
  expect(keys).toEqual([
    {
      kty: 'EC',
      crv: 'P-256',
      x: expect.any(String),
      y: expect.any(String),
      kid: expect.any(String),
      alg: 'ES256',
      use: 'sig',
    },
  ]);
  const { sealed } = await world.prisma.signingKey.findFirstOrThrow();
  expect(Buffer.from(sealed).toString('latin1')).not.toContain('"kty"');
});

test('a rotation makes no token unverifiable, whatever key set of the last ten minutes a router has', async () => {
  const keySets: { at: number; keySet: JSONWebKeySet }[] = [];
  const tokens: { at: number; token: string }[] = [];
  const kids = new Set<unknown>();
  await world.identity.rotateSigningKeys();
  for (let minute = 0; minute <= 30; minute += 1) {
    const now = world.clock.now().getTime();
    const token = await newToken();
    kids.add(decodeProtectedHeader(token).kid);
    keySets.push({ at: now, keySet: await world.identity.jwks() });
    tokens.push({ at: now, token });
    for (const { keySet } of keySets.filter(({ at }) => now - at <= 10 * 60_000))
      for (const { token } of tokens.filter(({ at }) => now - at < 5 * 60_000)) await verify(token, keySet);
    world.clock.advance(60);
  }
  expect(kids.size).toBe(2);
  expect((await world.identity.jwks()).keys).toHaveLength(1);
});

test('a rotation that is under way is not begun again, by several at once neither', async () => {
  const replica = await world.replica();
  await Promise.all([world.identity, replica, world.identity, replica].map((each) => each.rotateSigningKeys()));
  expect(await world.prisma.signingKey.count()).toBe(2);
  expect((await replica.jwks()).keys).toHaveLength(2);
});

test('another process signs with the new key when it is time, without being told', async () => {
  const replica = await world.replica();
  const before = decodeProtectedHeader(await newToken(replica)).kid;
  await world.identity.rotateSigningKeys();
  world.clock.advance(16 * 60);
  expect(decodeProtectedHeader(await newToken(replica)).kid).not.toBe(before);
});

test('an old key is replaced at a start, and its private part is gone in the end', async () => {
  const [first] = await world.prisma.signingKey.findMany();
  world.clock.advance(91 * 24 * 60 * 60);
  await world.replica();
  expect(await world.prisma.signingKey.count()).toBe(2);
  world.clock.advance(91 * 24 * 60 * 60);
  await world.replica();
  expect(await world.prisma.signingKey.findUnique({ where: { id: first?.id as string } })).toBeNull();
});

test('a start with another root key is refused', async () => {
  const { prisma } = world;
  const deps = { prisma, transact: undefined as never, log: undefined as never };
  const vault = createVault({ rootKey: createRootKey() });
  await expect(createIdentity({ ...deps, vault })).rejects.toThrow(StartupFault);
});

test('a sealed key that was put under another id signs nothing', async () => {
  const forged = world.vault.seal(Secret.from('{}'), {
    table: 'signing_keys',
    row: 'other',
    field: 'sealed',
    version: 1,
  });
  await world.prisma.signingKey.updateMany({ data: { sealed: forged } });
  const replica = await world.replica();
  const variables = { email: 'ada@example.org', password: PASSWORD };
  expect(await sendTo(replica, anonymous, SIGN_IN, variables)).toMatchObject({
    errors: [{ message: 'Internal server error', extensions: { code: 'INTERNAL_SERVER_ERROR' } }],
  });
  await expect(replica.checkReady()).rejects.toThrow();
  expect(await world.prisma.session.count()).toBe(1);
});
