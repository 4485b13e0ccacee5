/** Rule N7 of SPEC.md: who may read the schema is shown what they may use. */
import { introspectionFromSchema, printSchema, validateSchema } from 'graphql';
import type { Permission } from '@opsconductor/authz';
import { startWorld } from '../testing/world.ts';
import { compose, userWith } from './testing/givenSupergraph.ts';
import { createVisibleSchema } from './visibleSchema.ts';

const { schema, requirements } = compose(`
  type Query {
    open: String @tag(name: "public")
    vault(filter: VaultFilter): Vault @requiresScopes(scopes: [["credential:read"]])
    target: Target @requiresScopes(scopes: [["target:read"]])
    any: Any @tag(name: "public")
    node: Node @tag(name: "public")
  }
  type Mutation { erase: Erased @requiresScopes(scopes: [["user:write"]]) }
  type Erased { id: ID }
  input VaultFilter { kind: Kind }
  enum Kind { KEY PASSWORD }
  type Vault { kind: Kind }
  type Target implements Node @requiresScopes(scopes: [["target:read"]]) { id: ID, key: Vault @requiresScopes(scopes: [["credential:read"]]) }
  type Door implements Node { id: ID }
  interface Node { id: ID }
  union Any = Vault | Target | Door
`);
const visible = createVisibleSchema(schema, requirements);
const typesFor = (...permissions: Permission[]) =>
  Object.keys(visible(userWith(...permissions)).getTypeMap()).filter(
    (name) => /^[A-Z]/.test(name) && !builtIn.has(name),
  );
const builtIn = new Set(['ID', 'String', 'Boolean', 'Int', 'Float']);

test('fields that can only be refused are not in it, nor what nothing leads to any more', () => {
  // Composition has carried what Target asks for up to Node.
  expect(typesFor('schema:read').sort()).toEqual(['Any', 'Door', 'Kind', 'Query', 'Vault']);
  expect(printSchema(visible(userWith('schema:read')))).not.toMatch(/Target|Mutation|Erased|vault\(/);
});

test('who may use more sees more, and who may use all sees all', () => {
  expect(typesFor('target:read', 'schema:read')).toContain('Target');
  const all = visible(userWith('target:read', 'credential:read', 'user:write'));
  expect(introspectionFromSchema(all)).toEqual(introspectionFromSchema(schema));
});

test.each<Permission[][]>([[[]], [['target:read']], [['credential:read']], [['user:write']]])(
  'it is a valid schema with %j',
  (permissions) => {
    expect(validateSchema(visible(userWith(...permissions)))).toEqual([]);
  },
);

test('it is made once for equal permissions', () => {
  expect(visible(userWith('target:read', 'user:read'))).toBe(visible(userWith('user:read', 'target:read')));
});

test('over HTTP: introspection and __type answer for the one who asks', async () => {
  await using world = await startWorld();
  const query = '{ __schema { mutationType { name } } person: __type(name: "Person") { fields { name } } }';
  const ask = async (permissions: Permission[]) =>
    (await world.post({ query }, { authorization: `Bearer ${await world.token(permissions)}` })).body.data;
  expect(await ask(['schema:read'])).toEqual({ __schema: { mutationType: null }, person: null });
  expect(await ask(['schema:read', 'user:read', 'execution:start', 'execution:read'])).toEqual({
    __schema: { mutationType: { name: 'Mutation' } },
    person: { fields: [{ name: 'id' }, { name: 'name' }, { name: 'email' }] },
  });
});
