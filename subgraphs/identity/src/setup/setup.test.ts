import { anonymous } from '@opsconductor/authz';
import { StartupFault } from '@opsconductor/process';
import { COMPLETE_SETUP, PASSWORD, openWorld, readSignedIn, sendTo } from '../testing/world.ts';
import type { World } from '../testing/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());
beforeEach(() => world.startOver());

const person = { name: ' Ada Lovelace ', email: 'Ada@Example.org', password: PASSWORD };

async function complete(input: object) {
  const { completeSetup } = await world.ask(anonymous, COMPLETE_SETUP, {
    input: { ...person, secret: world.identity.setupSecret, ...input },
  });
  return completeSetup;
}

async function isSetupRequired(): Promise<boolean> {
  return (await world.ask(anonymous, '{ setupRequired }')).setupRequired;
}

test('the set-up secret makes the first administrator, who is signed in', async () => {
  expect(await isSetupRequired()).toBe(true);
  const signedIn = await complete({});
  expect(signedIn.__typename).toBe('SignedIn');
  expect(await isSetupRequired()).toBe(false);
  const viewer = await readSignedIn(world.identity, signedIn, world.clock);
  expect(viewer.permissions).toContain('user:write');
  expect(await world.ask(viewer, '{ viewer { email user { name roles status } } }')).toEqual({
    viewer: { email: 'ada@example.org', user: { name: 'Ada Lovelace', roles: ['ADMIN'], status: 'ACTIVE' } },
  });
});

test('it is announced, by the new administrator, without the secret', async () => {
  await complete({});
  const events = await world.takeEvents();
  expect(events.map(({ type }) => type).sort()).toEqual([
    'identity.session.started',
    'identity.setup.completed',
    'identity.user.created',
  ]);
  const { id } = await world.prisma.user.findFirstOrThrow();
  for (const event of events) expect(event).toMatchObject({ actorId: id, requestId: 'request-1' });
  expect(JSON.stringify(events)).not.toContain(world.identity.setupSecret);
});

test('it works once', async () => {
  await complete({});
  expect(await complete({ email: 'eve@example.org' })).toMatchObject({ __typename: 'SetupAlreadyCompleted' });
  expect(await world.prisma.user.count()).toBe(1);
});

test('of several at once one wins, on one process or on two', async () => {
  const other = await world.replica({ setupSecret: world.identity.setupSecret });
  const variables = (n: number) => ({
    input: { ...person, email: `ada${n}@example.org`, secret: world.identity.setupSecret },
  });
  const answers = await Promise.all(
    [world.identity, world.identity, other, other].map((identity, n) =>
      sendTo(identity, anonymous, COMPLETE_SETUP, variables(n)),
    ),
  );
  const types = answers.map(({ data }) => (data?.['completeSetup'] as { __typename: string }).__typename);
  expect(types.filter((type) => type === 'SignedIn')).toHaveLength(1);
  expect(await world.prisma.user.count()).toBe(1);
});

describe('a wrong secret', () => {
  test.each(['', 'wrong', 'x'.repeat(100_000)])('is rejected: %#', async (secret) => {
    expect(await complete({ secret })).toMatchObject({ __typename: 'SetupSecretRejected' });
    expect(await isSetupRequired()).toBe(true);
  });

  test('is told from a malformed input only with the right one', async () => {
    expect(await complete({ secret: 'wrong', password: 'short' })).toMatchObject({ __typename: 'SetupSecretRejected' });
  });

  test('delays the next attempt, the right one too, and then for four seconds at most', async () => {
    for (let failures = 1; failures <= 5; failures += 1) {
      expect((await complete({ secret: 'wrong' })).message).toMatch(/not the set-up secret/);
      expect((await complete({})).message).toMatch(/Try again in [124] s/);
      world.clock.advance(Math.min(4, 2 ** (failures - 1)));
    }
    expect(await complete({})).toMatchObject({ __typename: 'SignedIn' });
  });
});

test.each([
  ['name', { name: '  ' }],
  ['name', { name: 'Ada\u0000' }],
  ['name', { name: 'x'.repeat(201) }],
  ['email', { email: 'ada' }],
  ['password', { password: 'fourteen chars' }],
  ['password', { password: 'x'.repeat(1_000_000) }],
  ['password', { password: 'Lovelace example' }],
])('an unacceptable %s is named and changes nothing', async (field, input) => {
  expect(await complete(input)).toMatchObject({ __typename: 'InvalidInput', field });
  expect(await isSetupRequired()).toBe(true);
  expect(await complete({})).toMatchObject({ __typename: 'SignedIn' });
});

test('a later start replaces the secret until there is an administrator, then makes none', async () => {
  const restarted = await world.replica();
  expect(restarted.setupSecret).not.toBe(world.identity.setupSecret);
  expect(await complete({})).toMatchObject({ __typename: 'SetupSecretRejected' });
  world.clock.advance(1);
  expect(await complete({ secret: restarted.setupSecret })).toMatchObject({ __typename: 'SignedIn' });
  expect((await world.replica()).setupSecret).toBeUndefined();
});

test('a secret of the operator is used, and is not stored', async () => {
  const setupSecret = 'rather-long-and-random-4711';
  expect((await world.replica({ setupSecret })).setupSecret).toBe(setupSecret);
  const stored = await world.prisma.$queryRaw`select * from installation`;
  expect(JSON.stringify(stored)).not.toContain(setupSecret);
  expect(await complete({ secret: setupSecret })).toMatchObject({ __typename: 'SignedIn' });
});

test('a short secret of the operator is refused at start', async () => {
  await expect(world.replica({ setupSecret: 'changeme' })).rejects.toThrow(StartupFault);
});
