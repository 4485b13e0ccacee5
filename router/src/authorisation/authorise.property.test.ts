/** The law of SPEC.md: filtering, executing and completing is the same as executing with resolvers that refuse. */
import fc from 'fast-check';
import { parse } from 'graphql';
import type { FieldNode } from 'graphql';
import type { Permission, Viewer } from '@opsconductor/authz';
import { createAuthoriser } from './authorise.ts';
import type { Answer } from './authorise.ts';
import { anonymous, compose, requireValid, userWith } from './testing/givenSupergraph.ts';
import { randomOperation, variables } from './testing/randomOperation.ts';
import { allNullable, createMeets, refusedFields, run, withoutFragments } from './testing/referenceExecution.ts';
import type { World } from './testing/referenceExecution.ts';

const RUNS = 300;

const { schema, requirements } = compose(`
  type Query {
    node: Node @tag(name: "public")
    nodes: [Node!] @tag(name: "public")
    thing: Thing! @tag(name: "public")
    things: [[Thing]!]! @tag(name: "public")
    a: A @requiresScopes(scopes: [["user:read"]])
    b: B @tag(name: "public")
    text: String @authenticated
    must: String! @requiresScopes(scopes: [["target:read"], ["audit:read"]])
  }
  interface Node { text: String, must: String!, node: Node, b: B, nodes: [Node!] }
  interface Leaf implements Node { text: String, must: String!, node: Node, b: B, nodes: [Node!], thing: Thing! }
  union Thing = A | B | C
  type A implements Node & Leaf {
    text: String, must: String!, node: Node, b: B, nodes: [Node!], thing: Thing!
    things: [[Thing]!]! @requiresScopes(scopes: [["audit:read"]])
  }
  type B implements Node @requiresScopes(scopes: [["user:read", "audit:read"], ["target:read"]]) {
    text: String, must: String!, node: Node, b: B, nodes: [Node!] @authenticated, a: A
  }
  type C implements Node & Leaf @authenticated {
    text: String, must: String! @requiresScopes(scopes: [["user:read"]]), node: Node, b: B, nodes: [Node!], thing: Thing!, a: A
  }
`);
const nullableSchema = allNullable(schema);
const authorise = createAuthoriser({ schema, requirements }).authorise;

const viewers: fc.Arbitrary<Viewer> = fc.oneof(
  { weight: 1, arbitrary: fc.constant(anonymous) },
  {
    weight: 6,
    arbitrary: fc.subarray<Permission>(['user:read', 'target:read', 'audit:read']).map((held) => userWith(...held)),
  },
);

/** Everything about one random case: what the client gets, and what the reference says they should. */
function compare(source: string, viewer: Viewer, world: World) {
  const document = parse(source);
  const meets = createMeets(requirements, viewer);
  const resolved = new Set<string>();
  const decision = authorise({ document, variables, viewer });
  const note = (_nodes: readonly FieldNode[], coordinate: string): void => void resolved.add(coordinate);
  if (decision.kind === 'filtered' && decision.document) requireValid(schema, decision.document);
  const answer: Answer<unknown> =
    decision.kind === 'filtered'
      ? decision.complete<unknown>(
          decision.document ? run(decision.document, schema, world, variables, note) : undefined,
        )
      : run(document, schema, world, variables, note);

  const plain = withoutFragments(document);
  const refused = refusedFields(plain, schema, meets);
  const refuse = (nodes: readonly FieldNode[]): void => {
    if (nodes.some((node) => refused.has(node))) throw new Error('refused');
  };
  const strict = run(plain, schema, world, variables, refuse);
  const lenient = run(plain, nullableSchema, world, variables, refuse);
  const forbidden = [...resolved].filter(
    (coordinate) => !meets(coordinate) || !meets(coordinate.split('.')[0] as string),
  );
  return { kind: decision.kind, answer, strict, lenient, forbidden };
}

const pathsOf = (errors: readonly unknown[] | undefined, isOurs: (message: string) => boolean): string[] =>
  ((errors ?? []) as { message: string; path: unknown[] }[])
    .filter(({ message }) => isOurs(message))
    .map(({ path }) => path.join('.'))
    .sort();
const isRefusal = (message: string): boolean => message !== 'fault';

/** Without the variables that it does not use. */
function trimmed(source: string): string {
  return ['yes', 'no', 'unset']
    .reduce(
      (text, name) =>
        text.split(`$${name}`).length > 2 ? text : text.replace(new RegExp(`\\$${name}: Boolean!( = true)?,? ?`), ''),
      source,
    )
    .replace('query ()', 'query');
}

test('L1, L2: data, its order and the place of every refusal are those of the reference, and nothing refused is fetched', () => {
  let filtered = 0;
  fc.assert(
    fc.property(fc.gen(), viewers, fc.nat(), (choose, viewer, seed) => {
      const source = trimmed(randomOperation(choose, schema));
      requireValid(schema, parse(source));
      const { kind, answer, strict, lenient, forbidden } = compare(source, viewer, { schema, seed, hasFaults: false });
      if (kind === 'filtered') filtered += 1;
      expect(JSON.stringify(answer.data)).toBe(JSON.stringify(strict.data));
      expect(pathsOf(answer.errors, isRefusal)).toEqual(pathsOf(lenient.errors, isRefusal));
      expect(forbidden).toEqual([]);
    }),
    { numRuns: RUNS },
  );
  expect(filtered).toBeGreaterThan(RUNS / 3);
});

test('L1: the data is that of the reference when fields fail by themselves, and nothing is called refused that is not', () => {
  fc.assert(
    fc.property(fc.gen(), viewers, fc.nat(), (choose, viewer, seed) => {
      const source = trimmed(randomOperation(choose, schema));
      const { answer, strict, lenient } = compare(source, viewer, { schema, seed, hasFaults: true });
      expect(JSON.stringify(answer.data)).toBe(JSON.stringify(strict.data));
      const refusals = new Set(pathsOf(lenient.errors, isRefusal));
      expect(pathsOf(answer.errors, isRefusal).filter((path) => !refusals.has(path))).toEqual([]);
    }),
    { numRuns: RUNS },
  );
});
