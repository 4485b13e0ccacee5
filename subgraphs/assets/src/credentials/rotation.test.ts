import { randomUUID } from 'node:crypto';
import { anonymous } from '@opsconductor/authz';
import { createTransact } from '@opsconductor/events';
import ssh2 from 'ssh2';
import type { Db } from '../context.ts';
import { givenCredential, givenTarget, unique } from '../testing/given.ts';
import { createWorld } from '../testing/world.ts';
import type { Caller, World } from '../testing/world.ts';
import { remindOfRotations } from './reminders.ts';

let world: World;
let admin: Caller;
beforeAll(async () => {
  world = await createWorld();
  admin = world.as('target:read', 'credential:read', 'credential:write');
});
afterAll(() => world.close());

const rotate = async (id: string, input: Record<string, unknown>) => {
  const { data, errors } = await admin(
    `mutation ($input: RotateCredentialInput!) {
      rotateCredential(input: $input) {
        __typename
        ... on CredentialRotated { version { version state publicKey } credential { versions { version state } } }
        ... on InvalidInput { field message }
      }
    }`,
    { input: { id, ...input } },
  );
  expect(errors).toBeUndefined();
  return data.rotateCredential;
};
const revoke = async (credentialId: string, version: number) =>
  (
    await admin(
      `mutation ($input: RevokeCredentialVersionInput!) {
        revokeCredentialVersion(input: $input) {
          __typename ... on CredentialVersionRevoked { credential { versions { version state } } }
        }
      }`,
      { input: { credentialId, version } },
    )
  ).data.revokeCredentialVersion;
const passwordFor = async (targetId: string) => {
  const call = { viewer: anonymous, requestId: randomUUID(), signal: AbortSignal.timeout(10_000) };
  const tasks = [{ taskId: randomUUID(), attempt: 1, targetId }];
  const { connections } = await world
    .fleetOf('executor')
    .releaseConnections({ executionId: randomUUID(), tasks }, call);
  const [connection] = connections;
  if (connection?.outcome !== 'released') return connection?.reason;
  return connection.authentication.kind === 'password' ? connection.authentication.password : 'a key';
};

test('the newest version that holds is used; revoked, the one before is again', async () => {
  const [first, second] = [unique('first'), unique('second')];
  const id = await givenCredential(world, { password: first });
  const target = await givenTarget(world, { credentialId: id });
  const { version, credential } = await rotate(id, { password: second });
  expect(version).toMatchObject({ version: 2, state: 'CURRENT' });
  expect(credential.versions).toEqual([
    { version: 2, state: 'CURRENT' },
    { version: 1, state: 'OVERLAPPING' },
  ]);
  expect(await passwordFor(target)).toBe(second);
  expect((await revoke(id, 2)).credential.versions[0]).toEqual({ version: 2, state: 'REVOKED' });
  expect(await passwordFor(target)).toBe(first);
  await revoke(id, 1);
  expect(await passwordFor(target)).toBe('No version of the credential of the target holds at this time.');
  expect((await revoke(id, 9)).__typename).toBe('CredentialNotFound');
});

test('without overlap the version before ends at once; a version may begin later', async () => {
  const id = await givenCredential(world, { password: unique('first') });
  const target = await givenTarget(world, { credentialId: id });
  const now = await rotate(id, { password: unique('second'), overlapSeconds: 0 });
  expect(now.credential.versions[1]).toEqual({ version: 1, state: 'EXPIRED' });
  const second = await passwordFor(target);
  const later = await rotate(id, {
    password: unique('third'),
    validFrom: new Date(Date.now() + 3_600_000).toISOString(),
  });
  expect(later.credential.versions.map(({ state }: { state: string }) => state)).toEqual([
    'UPCOMING',
    'CURRENT',
    'EXPIRED',
  ]);
  expect(await passwordFor(target)).toBe(second);
});

test('rotations at once become versions one after the other', async () => {
  const id = await givenCredential(world);
  const answers = await Promise.all(Array.from({ length: 4 }, () => rotate(id, { password: unique('secret') })));
  expect(answers.map(({ version }) => version.version).sort()).toEqual([2, 3, 4, 5]);
});

test('a key pair that is made inside shows its public part only, and is another one when it is rotated', async () => {
  const name = unique('made inside');
  const { data, errors } = await admin(
    `mutation ($input: GenerateSshKeyInput!) {
      generateSshKey(input: $input) { ... on SshKeyGenerated { publicKey credential { id kind versions { publicKey } } } }
    }`,
    { input: { name, username: 'deploy', folder: '/keys' } },
  );
  expect(errors).toBeUndefined();
  const { publicKey, credential } = data.generateSshKey;
  expect(publicKey).toMatch(/^ssh-ed25519 AAAA\S+ made-inside-/);
  expect(ssh2.utils.parseKey(publicKey)).not.toBeInstanceOf(Error);
  expect(credential).toMatchObject({ kind: 'SSH_KEY', versions: [{ publicKey }] });
  const { version } = await rotate(credential.id, { generate: true });
  expect(version.publicKey).toMatch(/^ssh-ed25519 /);
  expect(version.publicKey).not.toBe(publicKey);
  expect(await passwordFor(await givenTarget(world, { credentialId: credential.id }))).toBe('a key');
});

test.each<[what: string, field: string, input: Record<string, unknown>]>([
  ['a key for a password', 'password', { privateKey: 'x' }],
  ['a key that would be made for a password', 'generate', { generate: true }],
  ['no secret', 'password', {}],
  [
    'an end before the beginning',
    'validUntil',
    { password: 'long enough', validUntil: '2020-01-01T00:00:00Z', validFrom: '2021-01-01T00:00:00Z' },
  ],
  ['an overlap of a year', 'overlapSeconds', { password: 'long enough', overlapSeconds: 31_536_000 }],
])('refuses %s', async (what, field, input) => {
  const answer = await rotate(await givenCredential(world), input);
  expect(answer).toMatchObject({ __typename: 'InvalidInput' });
  if (what !== 'a key for a password') expect(answer.field).toBe(field);
});

describe('other kinds', () => {
  const create = async (input: Record<string, unknown>) =>
    (
      await admin(
        `mutation ($input: CreateCredentialInput!) {
          createCredential(input: $input) {
            __typename
            ... on CredentialCreated { credential { kind username settings { name value } customKind { name } } }
            ... on InvalidInput { field message }
          }
        }`,
        { input: { name: unique('kind'), ...input } },
      )
    ).data.createCredential;

  test('inputs that are secrets are sealed, the others are shown', async () => {
    const fields = [
      { name: 'password', value: unique('secret') },
      { name: 'database', value: 'orders' },
    ];
    const { credential } = await create({ kind: 'DATABASE', username: 'app', fields });
    expect(credential).toMatchObject({
      kind: 'DATABASE',
      username: 'app',
      settings: [{ name: 'database', value: 'orders' }],
    });
  });

  test('operators make up kinds of their own', async () => {
    const name = unique('Cloud');
    const inputs = [
      { name: 'region', label: 'Region', isSecret: false, isRequired: true },
      { name: 'accessKey', label: 'Access key', isSecret: true },
    ];
    const add = `mutation ($input: AddCredentialKindInput!) {
      addCredentialKind(input: $input) {
        __typename ... on CredentialKindAdded { kind { id inputs { name isSecret isRequired } } } ... on InvalidInput { field }
      }
    }`;
    const { kind } = (await admin(add, { input: { name, inputs } })).data.addCredentialKind;
    expect((await admin(add, { input: { name, inputs } })).data.addCredentialKind.__typename).toBe(
      'CredentialKindTaken',
    );
    expect((await admin(add, { input: { name: 'x', inputs: [inputs[0]] } })).data.addCredentialKind).toEqual({
      __typename: 'InvalidInput',
      field: 'inputs',
    });
    const given = { kind: 'CUSTOM', customKindId: kind.id };
    const key = { name: 'accessKey', value: unique('secret') };
    expect(await create({ ...given, fields: [key] })).toMatchObject({ __typename: 'InvalidInput', field: 'fields' });
    expect(await create({ ...given, fields: [key, { name: 'region', value: 'eu' }] })).toMatchObject({
      credential: { customKind: { name }, settings: [{ name: 'region', value: 'eu' }] },
    });
  });

  test.each<[field: string, input: Record<string, unknown>]>([
    ['fields', { kind: 'BEARER', fields: [] }],
    ['fields.0.name', { kind: 'BEARER', fields: [{ name: 'nonsense', value: 'long enough' }] }],
    ['fields.0.value', { kind: 'BEARER', fields: [{ name: 'token', value: 'abc' }] }],
    [
      'fields.1.name',
      {
        kind: 'BEARER',
        fields: [
          { name: 'token', value: 'abcd' },
          { name: 'token', value: 'abcd' },
        ],
      },
    ],
    ['username', { kind: 'BEARER', username: 'x', fields: [{ name: 'token', value: 'abcd' }] }],
    ['username', { kind: 'BASIC', fields: [{ name: 'password', value: 'abcd' }] }],
    ['password', { kind: 'BASIC', username: 'x', password: 'long enough' }],
    ['kind', { kind: 'SSH_KEY', username: 'x', password: 'long enough' }],
    ['customKindId', { kind: 'CUSTOM', fields: [] }],
    ['folder', { username: 'x', password: 'long enough', folder: 'no path' }],
  ])('refuses %s of %j', async (field, input) => {
    expect(await create(input)).toMatchObject({ __typename: 'InvalidInput', field });
  });
});

test('each version is said to be due once, whoever looks', async () => {
  const [due, ending, fine] = [
    await givenCredential(world, { rotateAfterDays: 30 }),
    await givenCredential(world, { validUntil: new Date(Date.now() + 40 * 86_400_000).toISOString() }),
    await givenCredential(world),
  ];
  const events: { type: string; subject: { id: string } }[] = [];
  const queue = {
    send: async () => {},
    publish: async (_: unknown, published: typeof events) => void events.push(...published),
  };
  const transact = createTransact<Db>(world.prisma, queue as never, world.wakeUps);
  const later = new Date(Date.now() + 31 * 86_400_000);
  await Promise.all([remindOfRotations(transact, later), remindOfRotations(transact, later)]);
  await remindOfRotations(transact, later);
  const about = (id: string) => events.filter(({ subject }) => subject.id === id).map(({ type }) => type);
  expect(about(due)).toEqual(['assets.credential.rotationDue']);
  expect(about(ending)).toEqual(['assets.credential.ending']);
  expect(about(fine)).toEqual([]);
});

test('folders hold what is below them', async () => {
  const folder = `/${unique('folder')}`;
  const [a, b] = [await givenCredential(world, { folder }), await givenCredential(world, { folder: `${folder}/deep` })];
  await givenCredential(world, { folder: `${folder}x` });
  const { data } = await admin('query ($folder: String) { credentials(folder: $folder) { nodes { id } } }', { folder });
  expect(data.credentials.nodes.map(({ id }: { id: string }) => id).sort()).toEqual([a, b].sort());
});
