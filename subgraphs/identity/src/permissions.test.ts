/** Who may do what: every root field and entity, with exactly the permission it needs and with all others. */
import { anonymous, permissions } from '@opsconductor/authz';
import type { Permission, UserViewer, Viewer } from '@opsconductor/authz';
import { PASSWORD, openWorld } from './testing/world.ts';
import type { World } from './testing/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await world.setUp();
});
afterAll(() => world.close());

const nobody = '00000000-0000-7000-8000-000000000000';
const person = `name: "Eve", email: "eve", password: "${PASSWORD}"`;

/** Who may: anyone, whoever is signed in, or whoever holds a permission. */
const fields: Record<string, { document: string; needs: 'nothing' | 'signing in' | Permission }> = {
  setupRequired: { document: '{ setupRequired }', needs: 'nothing' },
  viewer: { document: '{ viewer { email permissions expiresAt user { id name } } }', needs: 'signing in' },
  user: { document: `{ user(id: "${nobody}") { id } }`, needs: 'user:read' },
  users: { document: '{ users { nodes { id } } }', needs: 'user:read' },
  completeSetup: {
    document: `mutation { completeSetup(input: { secret: "", ${person} }) { __typename } }`,
    needs: 'nothing',
  },
  signIn: { document: 'mutation { signIn(input: { email: "", password: "" }) { __typename } }', needs: 'nothing' },
  sessions: { document: '{ sessions { nodes { id } } }', needs: 'signing in' },
  refreshSession: {
    document: 'mutation { refreshSession(input: { refreshToken: "" }) { __typename } }',
    needs: 'nothing',
  },
  revokeSession: {
    document: `mutation { revokeSession(input: { id: "${nobody}" }) { __typename } }`,
    needs: 'signing in',
  },
  revokeOtherSessions: { document: 'mutation { revokeOtherSessions { count } }', needs: 'signing in' },
  apiKeys: { document: '{ apiKeys { nodes { id } } }', needs: 'signing in' },
  apiKey: { document: `{ apiKey(id: "${nobody}") { id } }`, needs: 'signing in' },
  createApiKey: {
    document: 'mutation { createApiKey(input: { name: "", permissions: [] }) { __typename } }',
    needs: 'apiKey:write',
  },
  rotateApiKey: {
    document: `mutation { rotateApiKey(input: { id: "${nobody}" }) { __typename } }`,
    needs: 'apiKey:write',
  },
  revokeApiKey: {
    document: `mutation { revokeApiKey(input: { id: "${nobody}" }) { __typename } }`,
    needs: 'signing in',
  },
  createUser: {
    document: `mutation { createUser(input: { roles: [], ${person} }) { __typename } }`,
    needs: 'user:write',
  },
  disableUser: { document: `mutation { disableUser(input: { id: "${nobody}" }) { __typename } }`, needs: 'user:write' },
  'User.name': { document: entity('id name'), needs: 'signing in' },
  'User.email': { document: entity('email'), needs: 'user:read' },
  'User.status': { document: entity('status'), needs: 'user:read' },
  'User.roles': { document: entity('roles'), needs: 'user:read' },
  'User.createdAt': { document: entity('createdAt'), needs: 'user:read' },
  // The last one: it ends the session that the others use.
  signOut: { document: 'mutation { signOut { signedOutAt } }', needs: 'signing in' },
};

function entity(selection: string): string {
  return `query ($r: [_Any!]!) { _entities(representations: $r) { ... on User { ${selection} } } }`;
}

async function codeOf(viewer: Viewer, document: string): Promise<unknown> {
  const r = [{ __typename: 'User', id: world.admin.userId }];
  const { errors } = await world.send(viewer, document, document.includes('$r') ? { r } : {});
  return errors?.[0]?.extensions?.['code'];
}

function withPermissions(held: readonly Permission[]): UserViewer {
  return { ...world.admin, permissions: new Set(held) };
}

test('every root field is in the table', () => {
  const { schema } = world.identity.subgraph;
  const names = [schema.getQueryType(), schema.getMutationType()]
    .flatMap((type) => Object.keys(type?.getFields() ?? {}))
    .filter((name) => !name.startsWith('_'));
  expect(Object.keys(fields)).toEqual(expect.arrayContaining(names));
});

describe.each(Object.entries(fields))('%s', (_, { document, needs }) => {
  const isOpen = needs === 'nothing';
  const permission = permissions.find((each) => each === needs);

  test(`is ${isOpen ? 'open to' : 'closed for'} who has not signed in`, async () => {
    expect(await codeOf(anonymous, document)).toBe(isOpen ? undefined : 'UNAUTHENTICATED');
  });

  if (permission)
    test(`is closed for who has every permission but ${permission}`, async () => {
      const others = permissions.filter((each) => each !== permission);
      expect(await codeOf(withPermissions(others), document)).toBe('FORBIDDEN');
    });

  test(`is open to who has ${permission ?? 'no permission'}`, async () => {
    expect(await codeOf(withPermissions(permission ? [permission] : []), document)).toBeUndefined();
  });
});

test('entities are closed for who has not signed in, whatever is selected', async () => {
  expect(await codeOf(anonymous, entity('__typename'))).toBe('UNAUTHENTICATED');
});
