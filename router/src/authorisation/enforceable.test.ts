/** Rules S2 to S6 of SPEC.md: what the router does not start with. */
import { readFileSync } from 'node:fs';
import { assertEnforceable, UnenforceableSupergraph } from './requirements.ts';
import { compose, composeLinked } from './testing/givenSupergraph.ts';

function problemsOf(supergraphSdl: string): readonly string[] {
  try {
    assertEnforceable(supergraphSdl);
    return [];
  } catch (error) {
    if (error instanceof UnenforceableSupergraph) return error.problems;
    throw error;
  }
}

const LINKED = `@link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/tag/v0.3")
  @link(url: "https://specs.apollo.dev/authenticated/v0.1", for: SECURITY)
  @link(url: "https://specs.apollo.dev/requiresScopes/v0.1", for: SECURITY)`;
const supergraph = (types: string, links = LINKED): string => `schema ${links} { query: Query } ${types}`;
const open = 'type Query { a: String @tag(name: "public") }';

test('the supergraph of the product is enforceable', () => {
  expect(problemsOf(readFileSync('schema/supergraph.graphql', 'utf8'))).toEqual([]);
});

describe('S2: features for security that are not enforced', () => {
  test('@policy is enforced as composition links it', () => {
    const { sdl } = composeLinked(`
      extend schema @link(url: "https://specs.apollo.dev/federation/v2.12", import: ["@policy", "@tag"])
      type Query { a: String @tag(name: "public"), b: String @policy(policies: [["p"]]) }
    `);
    expect(problemsOf(sdl)).toEqual([]);
  });

  test.each([
    '@link(url: "https://example.com/masking/v1.0", for: SECURITY)',
    '@link(url: "https://example.com/masking", for: SECURITY)',
    '@link(url: "", for: SECURITY)',
    '@link(for: SECURITY)',
    '@link(url: "https://evil.example/authenticated/v0.1", for: SECURITY)',
    '@link(url: "https://specs.example/inaccessible/v0.2", for: SECURITY)',
  ])('%s is refused', (link) => {
    expect(problemsOf(supergraph(open, `${LINKED} ${link}`))).toEqual([expect.stringContaining('does not enforce it')]);
  });

  test('what is inaccessible is enforced: it is not in the API schema', () => {
    const link = '@link(url: "https://specs.apollo.dev/inaccessible/v0.2", for: SECURITY)';
    expect(problemsOf(supergraph(open, `${LINKED} ${link}`))).toEqual([]);
  });

  test('in an extension of the schema is refused too', () => {
    const sdl = `${supergraph(open)} extend schema @link(url: "https://example.com/masking/v1.0", for: SECURITY)`;
    expect(problemsOf(sdl)).toHaveLength(1);
  });

  test.each([
    '@link(url: "https://example.com/masking/v1.0")',
    '@link(url: "https://specs.apollo.dev/join/v0.5", for: EXECUTION)',
  ])('what is not for security is let pass: %s', (link) => {
    expect(problemsOf(supergraph(open, `${LINKED} ${link}`))).toEqual([]);
  });
});

describe('S3: versions', () => {
  test.each([
    ['authenticated/v0.1', 'authenticated/v0.2'],
    ['authenticated/v0.1', 'authenticated/v1.0'],
    ['requiresScopes/v0.1', 'requiresScopes/v1.0'],
    ['tag/v0.3', 'tag/v1.0'],
    ['link/v1.0', 'link/v2.0'],
    ['authenticated/v0.1', 'authenticated'],
  ])('%s is known, %s is not', (known, unknown) => {
    expect(problemsOf(supergraph(open))).toEqual([]);
    const problems = problemsOf(supergraph(open, LINKED.replace(known, unknown)));
    expect(problems.join()).toContain(`${unknown} is`);
  });

  test('a feature is linked once', () => {
    const twice = `${LINKED} @link(url: "https://specs.apollo.dev/authenticated/v0.1", as: "other", for: SECURITY)`;
    expect(problemsOf(supergraph(open, twice)).join()).toContain('linked more than once');
  });

  test.each([
    'type Query { a: String }',
    'schema @core(feature: "https://specs.apollo.dev/core/v0.2") { query: Query } type Query { a: String }',
  ])('what links nothing is refused: %s', (sdl) => {
    expect(problemsOf(sdl).join()).toContain('does not link https://specs.apollo.dev/link/v1.0');
  });
});

describe('S4: root fields', () => {
  const { sdl } = compose(`
    type Query {
      bare: String
      tagged: String @tag(name: "internal")
      public: String @tag(name: "other") @tag(name: "public")
      signedIn: String @authenticated
      scoped: String @requiresScopes(scopes: [["x"]])
      typed: [Guarded!]!
      coded: Code
      behind: Node
    }
    type Mutation { bare: Boolean, public: Boolean @tag(name: "public") }
    type Subscription { bare: Boolean, scoped: Boolean @requiresScopes(scopes: [["x"]]) }
    type Guarded @authenticated { field: String }
    scalar Code @requiresScopes(scopes: [["x"]])
    interface Node { id: ID }
    type Leaf implements Node @authenticated { id: ID, unguarded: String }
  `);

  test('that are open without saying so are refused, all of them at once', () => {
    expect(
      problemsOf(sdl)
        .map((problem) => problem.split(' ')[0])
        .sort(),
    ).toEqual(['Mutation.bare', 'Query.bare', 'Query.behind', 'Query.tagged', 'Subscription.bare']);
    expect(problemsOf(sdl)[0]).toBe(
      'Mutation.bare is open to everybody: give it @authenticated or @requiresScopes, or @tag(name: "public") if that is meant.',
    );
  });

  test('are those of the types that the schema names', () => {
    const named = `schema ${LINKED} { query: Root mutation: Change } type Root { a: String } type Change { b: String } type Query { c: String }`;
    expect(problemsOf(named).map((problem) => problem.split(' ')[0])).toEqual(['Root.a', 'Change.b']);
  });

  test('are those of extensions too', () => {
    expect(problemsOf(supergraph(`${open} extend type Query { b: String }`))).toEqual([
      expect.stringContaining('Query.b is open'),
    ]);
  });

  test('may be guarded by their own type', () => {
    expect(problemsOf(supergraph('type Query @authenticated { a: String }'))).toEqual([]);
  });

  test('are public by the tag directive under the name that it has', () => {
    const renamed = LINKED.replace('tag/v0.3"', 'tag/v0.3", import: [{ name: "@tag", as: "@label" }]');
    expect(
      problemsOf(
        supergraph('type Query { a: String @label(name: "public"), b: String @tag(name: "public") }', renamed),
      ),
    ).toEqual([expect.stringContaining('Query.b')]);
    expect(
      problemsOf(
        supergraph('type Query { a: String @tag(name: "public") }', LINKED.replace(/@link\(url: "[^"]*tag[^)]*\)/, '')),
      ),
    ).toHaveLength(1);
  });
});

test.each(['[]', '[[]]', '[["x"], []]'])('S5: empty lists of scopes are refused: %s', (scopes) => {
  const onField = supergraph(`type Query { a: String @requiresScopes(scopes: ${scopes}) }`);
  const onType = supergraph(`${open} type T @requiresScopes(scopes: ${scopes}) { a: String }`);
  expect(problemsOf(onField)).toEqual([expect.stringContaining('@requiresScopes on Query.a has an empty list')]);
  expect(problemsOf(onType)).toEqual([expect.stringContaining('@requiresScopes on T has an empty list')]);
});

describe('S6: interfaces', () => {
  const types = (onInterface: string, onInterfaceField: string): string => `${open}
    interface I ${onInterface} { f: String ${onInterfaceField} }
    type A implements I @authenticated { f: String }
    type B implements I { f: String @requiresScopes(scopes: [["x"], ["y", "z"]]) }`;

  test.each([
    ['', '', ['I asks for less than A,', 'I.f asks for less than B.f,']],
    ['@authenticated', '', ['I.f asks for less than B.f,']],
    ['@authenticated', '@requiresScopes(scopes: [["x"], ["y"]])', ['I.f asks for less than B.f,']],
    ['', '@requiresScopes(scopes: [["x"]])', ['I asks for less than A,']],
    ['@authenticated', '@requiresScopes(scopes: [["x", "y"], ["z", "y"]])', []],
  ])('that ask for less than what is behind them are refused: I %s, f %s', (onInterface, onField, expected) => {
    const problems = problemsOf(supergraph(types(onInterface, onField)));
    expect(problems).toEqual(expected.map((start) => expect.stringContaining(start)));
  });

  test('are as they must be after composition', () => {
    const { sdl } = compose(
      `${types('', '')} interface J { g: String } type C implements I & J @requiresScopes(scopes: [["c"]]) { f: String, g: String @authenticated }`,
    );
    expect(problemsOf(sdl)).toEqual([]);
  });
});

test('the message names every problem and says what to do', () => {
  const error = new UnenforceableSupergraph(['One.', 'Two.']);
  expect(error.message).toBe('The supergraph cannot be enforced by this router.\n- One.\n- Two.');
});
