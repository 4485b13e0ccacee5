import { CREATE_USER, DISABLE_USER, PASSWORD, SIGN_IN, givenUser, openWorld } from '../testing/world.ts';
import type { Data, World } from '../testing/world.ts';
import { anonymous, permissionsOf } from '@opsconductor/authz';
import type { Permission, UserViewer } from '@opsconductor/authz';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.startOver();
  await world.setUp();
});

const person = { name: 'Grace', email: 'Grace@Example.org', password: PASSWORD, roles: ['OPERATOR', 'OPERATOR'] };

async function create(input: object, viewer: UserViewer = world.admin): Promise<Data> {
  return (await world.ask(viewer, CREATE_USER, { input: { ...person, ...input } })).createUser;
}

async function disable(id: string, viewer: UserViewer = world.admin): Promise<Data> {
  return (await world.ask(viewer, DISABLE_USER, { id })).disableUser;
}

describe('createUser', () => {
  test('makes a user who can sign in, and announces it', async () => {
    await world.takeEvents();
    const { user } = await create({});
    expect(user).toMatchObject({ name: 'Grace', email: 'grace@example.org', status: 'ACTIVE', roles: ['OPERATOR'] });
    expect((await world.signIn('grace@example.org')).userId).toBe(user.id);
    expect((await world.takeEvents()).at(-1)).toMatchObject({
      type: 'identity.user.created',
      actorId: world.admin.userId,
      requestId: 'request-1',
      subject: { type: 'user', id: user.id },
      data: { roles: 'OPERATOR' },
    });
  });

  test('never stores the password', async () => {
    await create({});
    const stored = await world.prisma.user.findMany();
    expect(JSON.stringify(stored)).not.toContain('granite');
    expect(stored.map(({ passwordHash }) => passwordHash)).toEqual(
      Array(2).fill(expect.stringMatching(/^\$argon2id\$/)),
    );
  });

  test.each([
    ['email', { email: 'grace' }],
    ['email', { email: 'grace@example.org\r\nBcc: eve@example.org' }],
    ['name', { name: '\u200b' }],
    ['name', { name: '\u200d' }],
    ['name', { name: 'Grace \u202eAdmin' }],
    ['password', { password: 'too short' }],
    ['password', { password: 'passwordpassword' }],
  ])('refuses an unacceptable %s', async (field, input) => {
    expect(await create(input)).toMatchObject({ __typename: 'InvalidInput', field });
    expect(await world.prisma.user.count()).toBe(1);
  });

  test('refuses an address that is taken in another spelling, also of many at once', async () => {
    const answers = await Promise.all(
      ['GRACE@example.org', 'grace@EXAMPLE.org', 'grace@example.org'].map((email) => create({ email })),
    );
    const types = answers.map(({ __typename }) => __typename).sort();
    expect(types).toEqual(['EmailTaken', 'EmailTaken', 'UserCreated']);
    expect(await create({})).toMatchObject({ __typename: 'EmailTaken' });
  });

  test('grants no role with a permission that the viewer does not hold', async () => {
    const permissions = new Set<Permission>(['user:read', 'user:write', ...permissionsOf(['VIEWER'])]);
    const viewer: UserViewer = { ...world.admin, permissions };
    expect(await create({ roles: ['VIEWER', 'AUDITOR'] }, viewer)).toMatchObject({
      __typename: 'RoleNotGrantable',
      role: 'AUDITOR',
    });
    expect(await create({ roles: ['VIEWER'] }, viewer)).toMatchObject({ __typename: 'UserCreated' });
  });
});

describe('disableUser', () => {
  test('keeps the user from signing in, ends their sessions and announces it', async () => {
    const { id, email } = await givenUser(world);
    const { sessionId } = await world.signIn(email);
    await world.takeEvents();
    expect(await disable(id)).toMatchObject({ __typename: 'UserDisabled', user: { id, status: 'DISABLED' } });
    const { signIn } = await world.ask(anonymous, SIGN_IN, { email, password: PASSWORD });
    expect(signIn.__typename).toBe('SignInRejected');
    expect(await world.takeEvents()).toMatchObject([
      { type: 'identity.session.ended', subject: { type: 'session', id: sessionId }, data: { reason: 'userDisabled' } },
      { type: 'identity.signIn.rejected', data: { reason: 'userDisabled' } },
      { type: 'identity.user.disabled', actorId: world.admin.userId, subject: { type: 'user', id } },
    ]);
  });

  test('twice is the same as once', async () => {
    const { id } = await givenUser(world);
    await disable(id);
    await world.takeEvents();
    expect(await disable(id)).toMatchObject({ __typename: 'UserDisabled' });
    expect(await world.takeEvents()).toEqual([]);
  });

  test.each(['no id', '00000000-0000-7000-8000-000000000000'])('finds no user %s', async (id) => {
    expect(await disable(id)).toMatchObject({ __typename: 'UserNotFound' });
  });

  test('refuses the last administrator, disabled ones not counted', async () => {
    const { id } = await givenUser(world, { roles: ['ADMIN'] });
    await disable(id);
    expect(await disable(world.admin.userId)).toMatchObject({ __typename: 'LastAdministrator' });
  });

  test('of the last two administrators at once disables one', async () => {
    for (let round = 0; round < 3; round += 1) {
      await world.startOver();
      const { id, email } = await givenUser(world, { roles: ['ADMIN'] });
      const other = await world.signIn(email);
      const answers = await Promise.all([
        world.send(world.admin, DISABLE_USER, { id }),
        world.send(other, DISABLE_USER, { id: world.admin.userId }),
      ]);
      const active = await world.prisma.user.count({ where: { status: 'ACTIVE', roles: { has: 'ADMIN' } } });
      expect({ answers, active }).toMatchObject({ active: 1 });
    }
  });

  test('by one administrator of both of the last two at once disables one', async () => {
    const { id } = await givenUser(world, { roles: ['ADMIN'] });
    await Promise.all([id, world.admin.userId].map((each) => world.send(world.admin, DISABLE_USER, { id: each })));
    expect(await world.prisma.user.count({ where: { status: 'ACTIVE' } })).toBe(1);
  });

  test('leaves no session alive that was started at the same time', async () => {
    const { id, email } = await givenUser(world);
    await Promise.all([world.send(anonymous, SIGN_IN, { email, password: PASSWORD }), disable(id)]);
    expect(await world.prisma.session.count({ where: { userId: id, endedAt: null } })).toBe(0);
  });
});

describe('users', () => {
  const USERS =
    'query ($first: Int, $after: String) { users(first: $first, after: $after) { nodes { id name } pageInfo { hasNextPage endCursor } } }';

  test('are listed by name, page by page, each once', async () => {
    const names = ['Zoe', 'Bea', 'Bea', 'Bea', 'Émile', 'می\u200cخواهم'];
    for (const [n, name] of names.entries()) await create({ name, email: `user-${n}@example.org` });
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const { users }: Data = await world.ask(world.admin, USERS, { first: 2, after });
      seen.push(...users.nodes.map(({ name, id }: Data) => `${name} ${id}`));
      after = users.pageInfo.hasNextPage ? users.pageInfo.endCursor : null;
    } while (after !== null);
    expect(new Set(seen).size).toBe(7);
    const all = await world.prisma.user.findMany({ orderBy: [{ name: 'asc' }, { id: 'asc' }] });
    expect(seen).toEqual(all.map(({ name, id }) => `${name} ${id}`));
  });

  test.each([
    { first: 0 },
    { first: 101 },
    { after: 'x' },
    { after: cursor(['a']) },
    { after: cursor([1, 2]) },
    { after: cursor(['\0', person]) },
  ])('refuses the page %j', async (page) => {
    expect(await world.send(world.admin, USERS, page)).toMatchObject({
      errors: [{ extensions: { code: 'BAD_USER_INPUT' } }],
    });
  });

  test('are found by id, and null when there is none', async () => {
    const { id, name } = await givenUser(world);
    const document = `{ one: user(id: "${id}") { name } none: user(id: "${person.email}") { name } }`;
    expect(await world.ask(world.admin, document)).toEqual({ one: { name }, none: null });
  });

  test('that other parts of the graph point to are read in one statement', async () => {
    const users = [await givenUser(world), await givenUser(world)];
    const representations = [...users, ...users, { id: '00000000-0000-7000-8000-000000000000' }, { id: 'no id' }].map(
      ({ id }) => ({ __typename: 'User', id }),
    );
    const document = 'query ($r: [_Any!]!) { _entities(representations: $r) { ... on User { name email } } }';
    const { _entities } = await world.ask(world.admin, document, { r: representations });
    expect(_entities.map((user: Data) => user && user.name)).toEqual([
      ...[...users, ...users].map(({ name }) => name),
      null,
      null,
    ]);
  });
});

function cursor(key: unknown[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}
