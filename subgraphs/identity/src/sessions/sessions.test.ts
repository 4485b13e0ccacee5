import { anonymous, permissionsOf } from '@opsconductor/authz';
import { DISABLE_USER, CREATE_USER, PASSWORD, SIGN_IN, givenUser, openWorld } from '../testing/world.ts';
import type { World } from '../testing/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await world.setUp();
});
afterAll(() => world.close());

const VIEWER = '{ viewer { email permissions expiresAt user { id name } } }';

test('the viewer is the one who asks', async () => {
  const { id, name, email } = await givenUser(world, { roles: ['VIEWER', 'AUDITOR'] });
  const viewer = await world.signIn(email);
  expect(await world.ask(viewer, VIEWER)).toEqual({
    viewer: {
      email,
      permissions: [...permissionsOf(['VIEWER', 'AUDITOR'])].sort(),
      expiresAt: viewer.expiresAt.toISOString(),
      user: { id, name },
    },
  });
});

test('signing out ends the session of the token, and no other one', async () => {
  const { id, email } = await givenUser(world);
  const [one, other] = [await world.signIn(email), await world.signIn(email)];
  await world.takeEvents();
  const { signOut } = await world.ask(one, 'mutation { signOut { signedOutAt } }');
  expect(signOut.signedOutAt).toBe(world.clock.now().toISOString());
  expect(await world.send(one, VIEWER)).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  expect(await world.ask(other, VIEWER)).toMatchObject({ viewer: { email } });
  expect(await world.takeEvents()).toMatchObject([
    {
      type: 'identity.session.ended',
      actorId: id,
      subject: { type: 'session', id: one.sessionId },
      data: { reason: 'signedOut', userId: id },
    },
  ]);
});

test('signing out twice is the same as once', async () => {
  const { email } = await givenUser(world);
  const viewer = await world.signIn(email);
  const first = await world.ask(viewer, 'mutation { signOut { signedOutAt } }');
  world.clock.advance(5);
  await world.takeEvents();
  expect(await world.ask(viewer, 'mutation { signOut { signedOutAt } }')).toEqual(first);
  expect(await world.takeEvents()).toEqual([]);
});

test.each(['no uuid', '00000000-0000-7000-8000-000000000000'])(
  'a session that is not there is none: %s',
  async (id) => {
    const viewer = { ...world.admin, sessionId: id };
    for (const document of [VIEWER, 'mutation { signOut { signedOutAt } }'])
      expect(await world.send(viewer, document)).toMatchObject({
        errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
      });
  },
);

test('the session of somebody else is none', async () => {
  const [one, other] = [await givenUser(world), await givenUser(world)];
  const viewer = { ...(await world.signIn(one.email)), userId: other.id };
  expect(await world.send(viewer, VIEWER)).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  expect(await world.send(viewer, 'mutation { signOut { signedOutAt } }')).toMatchObject({
    errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
  });
});

test('who is disabled or signed out changes nothing any more, though the access token has not lapsed', async () => {
  const [one, other] = [await givenUser(world, { roles: ['ADMIN'] }), await givenUser(world, { roles: ['ADMIN'] })];
  const [disabled, signedOut] = [await world.signIn(one.email), await world.signIn(other.email)];
  await world.ask(world.admin, DISABLE_USER, { id: one.id });
  await world.ask(signedOut, 'mutation { signOut { signedOutAt } }');
  const input = { name: 'Mallory', email: 'mallory@example.org', password: PASSWORD, roles: ['ADMIN'] };
  for (const viewer of [disabled, signedOut]) {
    expect(await world.send(viewer, CREATE_USER, { input })).toMatchObject({
      errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
    });
    expect(await world.send(viewer, DISABLE_USER, { id: world.admin.userId })).toMatchObject({
      errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
    });
  }
  expect(await world.prisma.user.count({ where: { email: 'mallory@example.org' } })).toBe(0);
  expect(await world.ask(world.admin, VIEWER)).toMatchObject({ viewer: { email: 'ada@example.org' } });
});

test('a session that is not refreshed ends in the end', async () => {
  const { email } = await givenUser(world);
  const viewer = await world.signIn(email);
  world.clock.advance(7 * 24 * 60 * 60 + 1);
  expect(await world.send(viewer, VIEWER)).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  expect(await world.send(anonymous, VIEWER)).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
});

test('what is long over is removed: old sessions, and attempts of more than a day ago', async () => {
  const { email } = await givenUser(world);
  await world.signIn(email);
  await world.ask(anonymous, SIGN_IN, { email, password: 'another piano granite' });
  world.clock.advance(23 * 60 * 60);
  await world.replica();
  expect(await world.prisma.attempt.count()).toBe(1);
  world.clock.advance(2 * 60 * 60);
  await world.replica();
  expect(await world.prisma.attempt.count()).toBe(0);
  expect(await world.prisma.session.count()).toBeGreaterThan(0);
  world.clock.advance(37 * 24 * 60 * 60);
  await world.replica();
  expect(await world.prisma.session.count()).toBe(0);
});
