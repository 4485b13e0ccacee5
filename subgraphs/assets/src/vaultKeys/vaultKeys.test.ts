import { fork } from 'node:child_process';
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { anonymous } from '@opsconductor/authz';
import { createRootKey, createVault } from '@opsconductor/vault';
import { givenCredential, givenTarget, unique } from '../testing/given.ts';
import { createWorld } from '../testing/world.ts';
import type { Caller, World } from '../testing/world.ts';
import { rewrapAll } from './rewrapping.ts';
import { openStoredVault } from './storedVault.ts';

let world: World;
let admin: Caller;
beforeAll(async () => {
  world = await createWorld();
  admin = world.as('vault:rotate', 'credential:read', 'credential:write');
});
afterAll(() => world.close());

const keys = async () => (await admin('{ vaultKeys { id isActive sealedCount } }')).data.vaultKeys;
const rotate = async () => (await admin('mutation { rotateVaultKey { key { id } pendingCount } }')).data.rotateVaultKey;
const retire = async (id: string) =>
  (
    await admin(
      'mutation ($id: ID!) { retireVaultKey(input: { id: $id }) { __typename ... on VaultKeyInUse { sealedCount } } }',
      { id },
    )
  ).data.retireVaultKey;

async function rewrapped(): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const look = async () => {
      const all: { isActive: boolean; sealedCount: number }[] = await keys();
      if (all.every(({ isActive, sealedCount }) => isActive || sealedCount === 0)) resolve();
    };
    world.wakeUps.listen('vaultKeys', () => void look().catch(reject));
    void look().catch(reject);
  });
}

const passwordFor = async (targetId: string) => {
  const call = { viewer: anonymous, requestId: randomUUID(), signal: AbortSignal.timeout(20_000) };
  const tasks = [{ taskId: randomUUID(), attempt: 1, targetId }];
  const { connections } = await world
    .fleetOf('executor')
    .releaseConnections({ executionId: randomUUID(), tasks }, call);
  const [connection] = connections;
  return connection?.outcome === 'released' && connection.authentication.kind === 'password'
    ? connection.authentication.password
    : connection;
};

test('what is sealed is wrapped anew in the background, and can be read all the while', async () => {
  const password = unique('secret');
  const credentialId = await givenCredential(world, { password });
  for (let at = 0; at < 30; at += 1) await givenCredential(world);
  const targetId = await givenTarget(world, { credentialId });
  const before = await world.prisma.credentialVersion.findFirstOrThrow({ where: { credentialId } });
  const reads = Promise.all(Array.from({ length: 60 }, () => passwordFor(targetId)));
  await rotate();
  await rotate();
  await rewrapped();
  expect(new Set(await reads)).toEqual(new Set([password]));
  const after = await world.prisma.credentialVersion.findFirstOrThrow({ where: { credentialId } });
  expect(after.keyId).not.toBe(before.keyId);
  // Who wraps the data key is another one; the value is what it was.
  expect(Buffer.from(after.sealed).subarray(69)).toEqual(Buffer.from(before.sealed).subarray(69));
  expect(await passwordFor(targetId)).toBe(password);
});

test('a key is retired when nothing is sealed under it any more, and not before', async () => {
  await givenCredential(world);
  const active = (await keys()).find(({ isActive }: { isActive: boolean }) => isActive);
  expect(await retire(active.id)).toMatchObject({ __typename: 'VaultKeyInUse' });
  await rotate();
  await rewrapped();
  expect(await retire(active.id)).toEqual({ __typename: 'VaultKeyRetired' });
  expect(await retire(active.id)).toEqual({ __typename: 'VaultKeyNotFound' });
  // Whatever a process that fell behind believes: the database lets nothing be sealed under a key that is gone.
  await expect(world.prisma.credentialVersion.updateMany({ data: { keyId: active.id } })).rejects.toThrow();
});

test('another process that holds older keys reads and seals all the same', async () => {
  const other = await openStoredVault(world.prisma, world.vault);
  await rotate();
  const credentialId = await givenCredential(world);
  const { sealed, version } = await world.prisma.credentialVersion.findFirstOrThrow({ where: { credentialId } });
  const place = { table: 'credentials', row: credentialId, field: 'sealed', version };
  expect((await other.open(sealed, place)).reveal()).toContain('password');
  await world.prisma.$transaction((db) => other.refresh(db));
  const { keyId } = await other.rewrap(sealed, place);
  expect((await keys()).find(({ isActive }: { isActive: boolean }) => isActive).id).toBe(keyId);
});

test('a key that was changed, or is of another root key, ends the start', async () => {
  await expect(openStoredVault(world.prisma, createVault({ rootKey: createRootKey() }))).rejects.toThrow(
    /does not open with its root key/,
  );
});

test('a process that is killed in the middle of a rewrap leaves rows that another one goes on with', async () => {
  for (let at = 0; at < 20; at += 1) await givenCredential(world);
  const rootKey = createRootKey();
  const foreign = await createWorld(rootKey);
  try {
    const script = new URL('../testing/rewrapSlowly.ts', import.meta.url);
    for (let at = 0; at < 20; at += 1) await givenCredential(foreign, { password: `secret-${at}` });
    await foreign.assets.stop();
    const vault = await openStoredVault(foreign.prisma, foreign.vault);
    await foreign.prisma.$transaction((db) => vault.rotate(db, null));
    const child = fork(script, [foreign.databaseUrl, rootKey.export().toString('base64')], { stdio: 'inherit' });
    await once(child, 'message');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const stale = () => foreign.prisma.credentialVersion.count({ where: { key: { isActive: false } } });
    const left = await stale();
    expect(left).toBeGreaterThan(0);
    // The rows that the dead process held are free as soon as the database has noticed.
    while ((await stale()) > 0) {
      await rewrapAll(foreign.transact, vault, AbortSignal.timeout(20_000));
      await pause(20);
    }
    const versions = await foreign.prisma.credentialVersion.findMany();
    for (const { sealed, credentialId, version } of versions) {
      const place = { table: 'credentials', row: credentialId, field: 'sealed', version };
      expect((await vault.open(sealed, place)).reveal()).toMatch(/secret-\d+/);
    }
  } finally {
    await foreign.close();
  }
});
