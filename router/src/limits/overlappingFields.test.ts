import fc from 'fast-check';
import type { GeneratorValue } from 'fast-check';
import { OverlappingFieldsCanBeMergedRule, buildSchema, parse, validate } from 'graphql';
import { overlappingFieldsRule } from './overlappingFields.ts';
import { createLimits } from './limits.ts';
import { validationRules } from './validationRules.ts';

const schema = buildSchema(`
  type Query { a: A b: B node: Node any: Any f(x: Int, o: In): Int g: Int l: [Int] n: Int! }
  interface Node { id: ID node: Node any: Any v: Int }
  type A implements Node { id: ID node: Node any: Any v: Int w: Int a: A l: [Node] f(x: Int, o: In): Int }
  type B implements Node { id: ID node: Node any: Any v: Int w: String b: B l: [Node!] f(x: Int, o: In): Int! }
  union Any = A | B
  input In { p: Int q: Int }
`);

const faults = (source: string) =>
  validate(schema, parse(source), [overlappingFieldsRule]).map(({ message }) => message);

test.each([
  '{ a { id } a { id v } }',
  '{ x: f(x: 1) x: f(x: 1) }',
  '{ x: f(o: { p: 1, q: 2 }) x: f(o: { q: 2, p: 1 }) }',
  '{ node { ... on A { x: v } ... on B { x: v } } }',
  '{ node { ... on A { x: a { id } } ... on B { x: b { id } } } }',
  '{ node { ... on A { f(x: 1) } } any { ... on B { f(x: 2) } } }',
  '{ any { __typename ... on A { __typename } } }',
  '{ ...F } fragment F on Query { a { a { id } } ...F }',
  '{ a { ...F } } fragment F on A { id a { ...F } }',
  '{ nothing { id } nothing: g }',
])('accepts %s', (source) => expect(faults(source)).toEqual([]));

test.each([
  ['{ x: g x: f }', 'they are different fields'],
  ['{ x: f(x: 1) x: f(x: 2) }', 'they have differing arguments'],
  ['{ x: f(x: 1) x: f }', 'they have differing arguments'],
  ['{ x: g x: n }', 'they return conflicting types'],
  ['{ x: g x: l }', 'they return conflicting types'],
  ['{ a { x: v } a { x: w } }', 'they are different fields'],
  ['{ any { ... on A { x: w } ... on B { x: w } } }', 'they return conflicting types'],
  ['{ any { ... on A { l { id } } ... on B { l { id } } } }', 'they return conflicting types'],
  ['{ node { x: v ... on A { x: w } } }', 'they are different fields'],
  ['{ a { x: id ...F } } fragment F on A { x: __typename }', 'they return conflicting types'],
  [
    '{ a { ...F } ...G } fragment F on A { a { x: v } } fragment G on Query { a { a { x: w } } }',
    'they are different fields',
  ],
  ['{ x: __typename x: __schema { description } }', 'they return conflicting types'],
])('refuses %s', (source, reason) => {
  expect(faults(source)).toEqual([expect.stringContaining(reason)]);
});

test('decides as graphql-js does, for random operations', () => {
  fc.assert(
    fc.property(fc.gen(), (choose) => {
      const source = randomOperation(choose);
      const otherRules = validationRules.filter((rule) => rule !== overlappingFieldsRule);
      fc.pre(validate(schema, parse(source), otherRules).length === 0);
      const theirs = validate(schema, parse(source), [OverlappingFieldsCanBeMergedRule]);
      expect([source, faults(source).length > 0]).toEqual([source, theirs.length > 0]);
    }),
    { numRuns: 500 },
  );
});

/** Fields under few aliases, so that they meet; fragments spread later ones only. */
function randomOperation(choose: GeneratorValue): string {
  const pick = <T>(items: readonly T[]): T => items[choose(fc.integer, { min: 0, max: items.length - 1 })] as T;
  const types = ['Query', 'A', 'B', 'Node', 'Any'] as const;
  const leaves: Record<string, readonly string[]> = {
    Query: ['g', 'l', 'n', 'f', 'f(x: 1)', '__typename'],
    A: ['id', 'v', 'w', 'f', 'f(x: 1)', '__typename'],
    B: ['id', 'v', 'w', 'f', 'f(x: 2)', '__typename'],
    Node: ['id', 'v', '__typename'],
    Any: ['__typename'],
  };
  const composite: Record<string, readonly (readonly [string, string])[]> = {
    Query: [
      ['a', 'A'],
      ['b', 'B'],
      ['node', 'Node'],
      ['any', 'Any'],
    ],
    A: [
      ['node', 'Node'],
      ['any', 'Any'],
      ['a', 'A'],
      ['l', 'Node'],
    ],
    B: [
      ['node', 'Node'],
      ['any', 'Any'],
      ['b', 'B'],
      ['l', 'Node'],
    ],
    Node: [
      ['node', 'Node'],
      ['any', 'Any'],
    ],
    Any: [],
  };
  const fragments = [0, 1, 2].map((number) => ({ number, type: pick(['A', 'B', 'Node'] as const) }));
  const alias = (): string => pick(['', '', 'x: ', 'y: ']);

  function selections(type: string, depth: number, from: number): string {
    const count = choose(fc.integer, { min: 1, max: 4 });
    return `{ ${Array.from({ length: count }, () => selection(type, depth, from)).join(' ')} }`;
  }

  function selection(type: string, depth: number, from: number): string {
    const kind = choose(fc.integer, { min: 0, max: 9 });
    const later = fragments.filter(({ number }) => number >= from);
    if (kind < 2 && later.length > 0) return `...F${pick(later).number}`;
    if (kind < 4 && depth > 0) {
      const condition = type === 'Query' ? 'Query' : pick(types.slice(1));
      return `... on ${condition} ${selections(condition, depth - 1, from)}`;
    }
    const objects = composite[type] ?? [];
    if (kind < 7 && depth > 0 && objects.length > 0) {
      const [name, inner] = pick(objects);
      return `${alias()}${name} ${selections(inner, depth - 1, from)}`;
    }
    const leaf = pick(leaves[type] ?? ['__typename']);
    // graphql-js does not know the type of __typename, and lets an alias of it meet another type: ours does not.
    return leaf === '__typename' ? leaf : alias() + leaf;
  }

  // A fragment that nobody spreads is refused by another rule.
  let source = selections('Query', 3, 0);
  for (const { number, type } of fragments)
    if (source.includes(`...F${number}`))
      source += ` fragment F${number} on ${type} ${selections(type, 2, number + 1)}`;
  return source;
}

describe('work is bounded', () => {
  const limits = createLimits();

  test.each([
    ['one field a thousand times', `{ ${'a { id } '.repeat(900)} }`],
    ['arguments a thousand times', `{ a { ${'f(x: 1) '.repeat(800)} } }`],
    ['nested repetitions', `{ ${'a { a { a { id } } } '.repeat(300)} }`],
    ['fragments spread at each other', fragmentsOfFragments(12)],
    ['many types on many levels', manyTypes(13)],
  ])('%s', (_, source) => {
    const document = limits.parseOperation(source);
    // The limits come first; what passes them is what validation has to bear.
    if (limits.checkDocument(document).length > 0) return;
    const begun = process.cpuUsage();
    validate(schema, document, validationRules);
    const { user, system } = process.cpuUsage(begun);
    expect((user + system) / 1000).toBeLessThan(200);
  });

  function fragmentsOfFragments(count: number): string {
    const bodies = Array.from({ length: count }, (_, i) => {
      const later = Array.from({ length: count - i - 1 }, (__, j) => `...F${i + j + 1}`).join(' ');
      return `fragment F${i} on A { id a { id ${later} } ${later} }`;
    });
    return `{ a { ...F0 } } ${bodies.join(' ')}`;
  }

  function manyTypes(levels: number): string {
    const inside = (level: number): string =>
      level === 0 ? 'id' : `id node { ${inside(level - 1)} } ... on A { node { id } } ... on B { node { v } }`;
    return `{ node { ${inside(levels)} } }`;
  }
});
