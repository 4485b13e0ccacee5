import { composeServices } from '@apollo/composition';
import { buildSchema, parse } from 'graphql';
import type { GraphQLError, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { readCostModel } from './costModel.ts';
import { createCosts } from './costs.ts';
import type { RequestCost } from './costs.ts';

const body = `
type Query {
  one: Item
  word: String
  dear: Item @cost(weight: 7)
  heavy: Heavy
  plain: [Item]
  sliced(first: Int = 5, last: Int): [Item] @listSize(slicingArguments: ["first", "last"], requireOneSlicingArgument: false)
  strict(first: Int, last: Int): [Item] @listSize(slicingArguments: ["first", "last"])
  assumed: [Item] @listSize(assumedSize: 40)
  page(first: Int, after: String): Page
    @listSize(slicingArguments: ["first"], sizedFields: ["nodes"], assumedSize: 3, requireOneSlicingArgument: false)
  bare(first: Int = 4): Page
  found: Found
  search(filter: Filter, term: String @cost(weight: 2)): Item
}
type Mutation { change: Item }
type Item { id: ID! word: String colour: Colour heavy: Heavy items: [Item] page(first: Int = 2): Page }
type Heavy @cost(weight: 100) { id: ID! }
type Page { nodes: [Item!]! others: [Item!] total: Int }
enum Colour @cost(weight: 3) { RED }
union Found = Item | Heavy
input Filter { name: String score: Int @cost(weight: 4) any: [Filter!] }
`;

const { supergraphSdl = '' } = composeServices([
  {
    name: 'things',
    url: '',
    typeDefs:
      parse(`extend schema @link(url: "https://specs.apollo.dev/federation/v2.12", import: ["@cost", "@listSize"])
      ${body}`),
  },
]);
const schema: GraphQLSchema = buildSchema(body.replaceAll(/@(cost|listSize)\([^)]*\)/g, ''));
const costs = createCosts(schema, readCostModel(supergraphSdl), { maxCost: 100_000, listSize: 10, report: 'asked' });

function costOf(source: string, variables: Record<string, unknown> = {}): RequestCost {
  const document = parse(source);
  return costs.estimate(document, document.definitions[0] as OperationDefinitionNode, variables);
}

function faultOf(run: () => unknown): GraphQLError {
  try {
    run();
  } catch (error) {
    return error as GraphQLError;
  }
  throw new Error('nothing was thrown');
}

describe('an operation costs as estimated', () => {
  test.each([
    ['what has no fields of its own costs nothing', '{ word }', 0],
    ['an object costs 1', '{ one { id word } }', 1],
    ['a mutation costs 10 more', 'mutation { change { id } }', 11],
    ['a field can have a weight of its own', '{ dear { id } }', 7],
    ['a type can have a weight', '{ heavy { id } }', 100],
    ['an enum can have a weight', '{ one { colour } }', 4],
    ['a list that says nothing has the default size', '{ plain { id } }', 10],
    ['a list has its assumed size', '{ assumed { id } }', 40],
    ['lists multiply', '{ plain { items { id } } }', 10 * (1 + 10)],
    ['a slicing argument is the size', '{ sliced(first: 3) { id } }', 3],
    ['the default of a slicing argument counts', '{ sliced { id } }', 5],
    ['the larger of two slicing arguments counts', '{ sliced(first: 3, last: 8) { id } }', 8],
    ['a negative size is no size', '{ sliced(first: -3) { id } }', 10],
    ['sized fields have the size, the field itself has not', '{ page(first: 6) { nodes { id } total } }', 1 + 6],
    ['other lists of the object do not', '{ page(first: 6) { others { id } } }', 1 + 10],
    ['without a slicing argument the assumed size counts', '{ page { nodes { id } } }', 1 + 3],
    ['a connection is understood without a directive', '{ bare { nodes { id } } }', 1 + 4],
    ['pages in pages multiply', '{ page(first: 6) { nodes { page { nodes { id } } } } }', 1 + 6 * (1 + 1 + 2)],
    ['a union costs as the dearest member', '{ found { __typename ... on Item { id } ... on Heavy { id } } }', 100],
    ['of the selections, the dearest counts', '{ found { ... on Item { heavy { id } } ... on Heavy { id } } }', 200],
    ['equal fields are merged', '{ one { id } one { word heavy { id } } }', 101],
    ['aliased fields are not', '{ one { id } two: one { id } }', 2],
    ['an input object costs 1', '{ search(filter: { name: "a" }) { id } }', 2],
    [
      'input fields can have a weight, at any depth',
      '{ search(filter: { any: [{ score: 1 }, { score: 2 }] }) { id } }',
      12,
    ],
    ['an argument can have a weight', '{ search(term: "a") { id } }', 3],
    ['what is skipped costs nothing', '{ one @skip(if: true) { id } dear @include(if: false) { id } }', 0],
    ['introspection is not counted', '{ __schema { types { name fields { name } } } }', 0],
  ])('%s', (_, source, expected) => expect(costOf(source).estimated).toBe(expected));

  test('fragments count where they are spread, and once where they are spread twice', () => {
    const source = '{ a: one { ...F ...F } b: one { ...F } } fragment F on Item { heavy { id } }';
    expect(costOf(source).estimated).toBe(2 * 101);
  });

  test('variables count as sent', () => {
    const sliced =
      'query ($n: Int = 7, $detail: Boolean!) { sliced(first: $n) { heavy @include(if: $detail) { id } } }';
    expect(costOf(sliced, { n: 2, detail: false }).estimated).toBe(2);
    expect(costOf(sliced, { n: 2, detail: true }).estimated).toBe(2 * 101);
    expect(costOf(sliced, { detail: false }).estimated).toBe(7);
    const filtered = 'query ($f: Filter) { search(filter: $f) { id } }';
    expect(costOf(filtered, { f: { any: [{ score: 1 }, {}] } }).estimated).toBe(1 + 1 + 5 + 1);
    expect(costOf(filtered, { f: 'nonsense' }).estimated).toBe(1);
  });

  test('a list that needs one slicing argument is refused without, and with two', () => {
    expect(costOf('{ strict(last: 2) { id } }').estimated).toBe(2);
    for (const source of [
      '{ strict { id } }',
      '{ strict(first: 1, last: 2) { id } }',
      '{ strict(first: null) { id } }',
    ])
      expect(faultOf(() => costOf(source)).message).toBe('Exactly one of first, last is needed at the field strict.');
  });

  test('one too many is refused, with the figures', () => {
    const fault = faultOf(() => costOf('{ sliced(first: 100001) { id } }'));
    expect(fault.extensions).toEqual({ code: 'COST_ESTIMATED_TOO_EXPENSIVE', limit: 100_000, actual: 100_001 });
    expect(costOf('{ sliced(first: 100000) { id } }').estimated).toBe(100_000);
    const endless = `{ ${'plain { items { '.repeat(1)}${'items { '.repeat(400)} id ${'}'.repeat(402)} }`;
    expect(faultOf(() => costOf(endless)).extensions['code']).toBe('COST_ESTIMATED_TOO_EXPENSIVE');
  });

  test.each([
    ['unknown fields', '{ nothing { id } }'],
    ['a fragment that spreads itself', '{ one { ...F } } fragment F on Item { id items { ...F } ...F }'],
    ['a fragment that is not there', '{ one { ...F } }'],
    ['a field of a scalar', '{ word { id } }'],
  ])('what is not valid does no harm: %s', (_, source) => expect(costOf(source).estimated).toBeLessThan(200));
});

describe('an operation costs as answered', () => {
  test('lists count as long as they are, and null counts nothing', () => {
    const cost = costOf('{ page(first: 50) { nodes { id heavy { id } page { nodes { id } } } } }');
    const item = { id: '1', heavy: null, page: { nodes: [{ id: '2' }, { id: '3' }] } };
    expect(cost.actual({ page: { nodes: [item, { ...item, heavy: { id: 'h' }, page: null }] } })).toBe(
      1 + (1 + 1 + 2) + (1 + 100),
    );
    expect(cost.actual({ page: null })).toBe(0);
    expect(cost.actual(null)).toBe(0);
    expect(cost.actual(undefined)).toBe(0);
  });

  test('arguments and the mutation itself are not given back', () => {
    expect(costOf('{ search(term: "a") { id } }').actual({ search: null })).toBe(2);
    expect(costOf('mutation { change { id } }').actual({ change: null })).toBe(10);
  });

  test('it is never more than estimated when lists are as long as they may be', () => {
    const cost = costOf('{ a: sliced(first: 2) { id heavy { id } } found { ... on Heavy { id } } }');
    const answer = { a: [1, 2].map((id) => ({ id, heavy: { id } })), found: { id: 'x' } };
    expect(cost.actual(answer)).toBe(cost.estimated);
  });
});
