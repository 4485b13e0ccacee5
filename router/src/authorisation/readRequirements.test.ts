/** Rule S1 of SPEC.md: what is read from supergraphs as @apollo/composition makes them. */
import { readFileSync } from 'node:fs';
import { isPermission } from '@opsconductor/authz';
import { readRequirements } from './requirements.ts';
import { compose, composeLinked } from './testing/givenSupergraph.ts';

function read(...subgraphs: string[]) {
  const { types, fields } = compose(...subgraphs).requirements;
  return { types: Object.fromEntries(types), fields: Object.fromEntries(fields) };
}

const signedIn = { authenticated: true, scopes: null };
const scoped = (...scopes: string[][]) => ({ authenticated: false, scopes });

describe('S1: requirements', () => {
  test('are read from fields and from types of every kind', () => {
    expect(
      read(`
        type Query { plain: String, a: A @authenticated, b: E @requiresScopes(scopes: [["x", "y"], ["z"]]), c: S }
        type A @authenticated { both: String @authenticated @requiresScopes(scopes: [["x"]]) }
        enum E @requiresScopes(scopes: [["e"]]) { ONE }
        scalar S @authenticated
      `),
    ).toEqual({
      types: { A: signedIn, E: scoped(['e']), S: signedIn },
      fields: {
        'Query.a': signedIn,
        'Query.b': scoped(['x', 'y'], ['z']),
        'A.both': { authenticated: true, scopes: [['x']] },
      },
    });
  });

  test('of several subgraphs hold together, as composition has joined them', () => {
    const { fields } = read(
      'type Query { f: String @shareable @requiresScopes(scopes: [["a"], ["b"]]) }',
      'type Query { f: String @shareable @requiresScopes(scopes: [["b"], ["c"]]) @authenticated }',
    );
    const { authenticated, scopes = [] } = fields['Query.f'] ?? {};
    expect(authenticated).toBe(true);
    expect(scopes?.map((set) => [...set].sort().join('+')).sort()).toEqual(['a+c', 'b']);
  });

  test('of types and fields behind an interface are on the interface, as composition has put them', () => {
    expect(
      read(`
        type Query { i: I }
        interface I { f: String, g: String }
        type A implements I @authenticated { f: String, g: String @requiresScopes(scopes: [["g"]]) }
        type B implements I @requiresScopes(scopes: [["b"]]) { f: String, g: String @requiresScopes(scopes: [["h"]]) }
      `),
    ).toMatchObject({
      types: { I: { authenticated: true, scopes: [['b']] } },
      fields: { 'I.g': { scopes: [['g', 'h']] } },
    });
  });

  const open = 'type Query { a: String @ASK, b: String @NEED(scopes: [["x"]]) }';
  test.each([
    [
      'renamed',
      'import: [{ name: "@authenticated", as: "@ask" }, { name: "@requiresScopes", as: "@need" }]',
      'ask',
      'need',
    ],
    ['not imported', 'import: []', 'federation__authenticated', 'federation__requiresScopes'],
    ['under another namespace', 'as: "f"', 'f__authenticated', 'f__requiresScopes'],
    [
      'one renamed, one not',
      'import: ["@authenticated", { name: "@requiresScopes", as: "@scopes" }]',
      'authenticated',
      'scopes',
    ],
  ])('are found when the directives are %s', (_, how, ask, need) => {
    const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.12", ${how})`;
    const { requirements } = composeLinked(`${link}\n${open.replace('ASK', ask).replace('NEED', need)}`);
    expect(Object.fromEntries(requirements.fields)).toEqual({ 'Query.a': signedIn, 'Query.b': scoped(['x']) });
  });

  test.each([
    ['by namespace', '@link(url: "https://specs.apollo.dev/authenticated/v0.1", as: "auth", for: SECURITY)', 'auth'],
    [
      'by import',
      '@link(url: "https://specs.apollo.dev/authenticated/v0.1", import: [{ name: "@authenticated", as: "@in" }])',
      'in',
    ],
    [
      'by import under a namespace',
      '@link(url: "https://specs.apollo.dev/authenticated/v0.1", as: "auth", import: ["@authenticated"])',
      'authenticated',
    ],
  ])('are found when the supergraph itself renames a directive %s', (_, link, name) => {
    const { fields } = readRequirements(`
      schema @link(url: "https://specs.apollo.dev/link/v1.0") ${link} { query: Query }
      type Query { a: String @${name}, b: String @elsewhere }
    `);
    expect(Object.fromEntries(fields)).toEqual({ 'Query.a': signedIn });
  });

  test('are found when @link itself is renamed', () => {
    const { fields } = readRequirements(`
      schema @uses(url: "https://specs.apollo.dev/link/v1.0", as: "uses") @uses(url: "https://specs.apollo.dev/authenticated/v0.1")
        @link(url: "https://specs.apollo.dev/requiresScopes/v0.1") { query: Query }
      type Query { a: String @authenticated, b: String @requiresScopes(scopes: [["not ours"]]) }
    `);
    expect(Object.fromEntries(fields)).toEqual({ 'Query.a': signedIn });
  });

  test('of a type and of its extensions hold together', () => {
    const { types } = readRequirements(`
      schema @link(url: "https://specs.apollo.dev/link/v1.0") @link(url: "https://specs.apollo.dev/requiresScopes/v0.1") { query: Query }
      type Query @requiresScopes(scopes: [["a"], ["b"]]) { a: String }
      extend type Query @requiresScopes(scopes: [["b"], ["c"]]) { b: String }
    `);
    expect(types.get('Query')?.scopes).toEqual([['a', 'c'], ['b']]);
  });

  test.each(['', '(scopes: null)', '(scopes: "x")', '(scopes: ["x"])', '(scopes: [[1]])'])(
    'that cannot be read are met by nobody: @requiresScopes%s',
    (application) => {
      const { fields } = readRequirements(`
        schema @link(url: "https://specs.apollo.dev/link/v1.0") @link(url: "https://specs.apollo.dev/requiresScopes/v0.1") { query: Query }
        type Query { a: String @requiresScopes${application} }
      `);
      expect(fields.get('Query.a')).toEqual({ authenticated: false, scopes: [] });
    },
  );
});

test('every scope of the product is a permission of the catalogue', () => {
  const { types, fields } = readRequirements(readFileSync('schema/supergraph.graphql', 'utf8'));
  const scopes = [...types.values(), ...fields.values()].flatMap((requirement) => requirement.scopes?.flat() ?? []);
  expect(scopes.length).toBeGreaterThan(20);
  expect(scopes.filter((scope) => !isPermission(scope))).toEqual([]);
});
