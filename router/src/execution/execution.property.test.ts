/**
 * The law: whatever a client asks, the plans of the supergraph, run by our executor, give what graphql-js gives for the
 * same operation on the merged schema: the same data, in the same order, and an error for every null that an error made.
 */
import fc from 'fast-check';
import { execute, parse } from 'graphql';
import type { ExecutionResult, GraphQLResolveInfo } from 'graphql';
import { randomOperation, variables } from '../authorisation/testing/randomOperation.ts';
import { requireValid } from '../authorisation/testing/givenSupergraph.ts';
import { givenFederation } from '../testing/federation.ts';
import type { Told } from '../testing/federation.ts';

const subgraphs = {
  catalogue: `
    type Query { products: [Product], product: Product, items: [Item!], cheapest: Book! }
    interface Product { id: ID!, title: String!, maker: Maker }
    type Book implements Product @key(fields: "id") { id: ID!, title: String!, price: Int!, pages: Int, maker: Maker, sequel: Book }
    type Toy implements Product @key(fields: "id") { id: ID!, title: String!, price: Int, weight: Float, maker: Maker, parts: [[Toy]] }
    type Maker @key(fields: "id") @key(fields: "code { country number }") { id: ID!, code: Code! }
    type Code @shareable { country: String!, number: Int! }
    union Item = Book | Toy | Maker`,
  people: `
    type Query { me: Person, people: [Person!]! }
    type Person @key(fields: "id") { id: ID!, name: String!, age: Int, friends: [Person], broken: String }
    type Maker @key(fields: "code { country number }") { code: Code!, name: String, owner: Person! }
    type Code @shareable { country: String!, number: Int! }`,
  reviews: `
    type Query { latest: [Review!], review: Review }
    type Review @key(fields: "id") { id: ID!, text: String!, product: Product, author: Person, failing: String! }
    interface Product { id: ID! }
    type Book implements Product @key(fields: "id") { id: ID!, reviews: [Review!] }
    type Toy implements Product @key(fields: "id") { id: ID!, reviews: [Review] }
    type Person @key(fields: "id") { id: ID!, reviews: [Review!]!, favourite: Item }
    union Item = Book | Toy`,
  stock: `
    type Book @key(fields: "id") { id: ID!, price: Int! @external, tax: Int! @requires(fields: "price"), stock: Int }
    type Toy @key(fields: "id") { id: ID!, price: Int @external, weight: Float @external, shipping: String @requires(fields: "price weight") }
    type Person @key(fields: "id") { id: ID!, basket: [Basket!] }
    type Basket { count: Int!, toy: Toy, book: Book! }`,
};

type Thing = Record<string, unknown>;

const throwing = () => {
  throw new Error('out of order');
};

function createWorld() {
  const code = (number: number): Thing => ({ country: 'NL', number });
  const people: Thing[] = ['Ann', 'Bob', 'Cid'].map((name, at) => ({ __typename: 'Person', id: `p${at}`, name }));
  const makers: Thing[] = [0, 1].map((at) => ({
    __typename: 'Maker',
    id: `m${at}`,
    code: code(at),
    owner: people[at],
  }));
  const books: Thing[] = [0, 1, 2].map((at) => ({
    ...{ __typename: 'Book', id: `b${at}`, title: `book ${at}`, price: 10 * at, pages: at === 1 ? null : 100 + at },
    ...{ maker: makers[at], stock: at === 2 ? null : at, tax: 10 * at + 1 },
  }));
  const toys: Thing[] = [0, 1].map((at) => ({
    ...{
      __typename: 'Toy',
      id: `t${at}`,
      title: `toy ${at}`,
      price: at === 0 ? null : 3,
      weight: at + 0.5,
      maker: makers[1],
    },
    ...{ shipping: `${at === 0 ? null : 3}/${at + 0.5}` },
  }));
  const reviews: Thing[] = [0, 1, 2, 3].map((at) => ({
    ...{ __typename: 'Review', id: `r${at}`, text: `text ${at}`, product: [books[0], toys[0], null, books[0]][at] },
    ...{ author: people[at % 2], failing: at === 1 ? throwing : 'fine' },
  }));
  const [ann, bob, cid] = people as [Thing, Thing, Thing];
  Object.assign(ann, {
    age: 30,
    friends: [bob, null, ann],
    reviews: [reviews[0], reviews[2]],
    favourite: toys[0],
    broken: throwing,
  });
  Object.assign(bob, { age: null, friends: [], reviews: [reviews[1], reviews[3]], favourite: books[1], broken: 'no' });
  Object.assign(cid, { friends: null, reviews: [], favourite: null, broken: null });
  Object.assign(makers[0] as Thing, { name: 'Maker 0' });
  Object.assign(books[0] as Thing, { sequel: books[1], reviews: [reviews[0], reviews[3]] });
  Object.assign(books[1] as Thing, { sequel: books[0], reviews: null });
  Object.assign(toys[0] as Thing, { reviews: [reviews[1], null], parts: [[toys[1], null], null] });
  Object.assign(toys[1] as Thing, { reviews: [] });
  Object.assign(ann, {
    basket: [
      { count: 2, toy: toys[0], book: books[0] },
      { count: 1, toy: null, book: books[0] },
    ],
  });
  Object.assign(bob, { basket: [] });
  const roots: Thing = {
    ...{
      products: [books[0], toys[0], null, books[1], books[0]],
      product: toys[1],
      items: [makers[0], toys[0], books[2], makers[0]],
    },
    ...{
      cheapest: books[0],
      me: ann,
      people: [ann, bob, cid, ann],
      latest: [reviews[0], reviews[2]],
      review: reviews[1],
    },
  };
  return { roots, all: [...people, ...makers, ...books, ...toys, ...reviews] };
}

const world = createWorld();

function resolversOf(): object {
  const find = (reference: Thing): unknown => {
    const { __typename, id, code } = reference as { __typename: string; id?: string; code?: Thing };
    return world.all.find(
      (thing) =>
        thing['__typename'] === __typename &&
        (id !== undefined ? thing['id'] === id : (thing['code'] as Thing | undefined)?.['number'] === code?.['number']),
    );
  };
  const entity = { __resolveReference: find };
  const requiring = (names: string[], tell: (reference: Thing) => unknown, field: string) => ({
    __resolveReference: (reference: Thing) => ({
      ...(find(reference) as Thing),
      ...without(reference),
      given: reference,
    }),
    [field]: ({ given, ...rest }: Thing) =>
      given ? (names.every((name) => name in (given as Thing)) ? tell(given as Thing) : 'not given') : rest[field],
  });
  const without = ({ __typename: _, ...rest }: Thing): Thing => rest;
  return {
    ...{ Person: entity, Maker: entity, Review: entity },
    Book: requiring(['price'], ({ price }) => (price as number) + 1, 'tax'),
    Toy: requiring(['price', 'weight'], ({ price, weight }) => `${price as number}/${weight as number}`, 'shipping'),
    Query: Object.fromEntries(Object.keys(world.roots).map((name) => [name, () => world.roots[name]])),
  };
}

function only(sdl: string, resolvers: Record<string, Record<string, unknown>>): object {
  const has = (type: string, field?: string) =>
    new RegExp(`type ${type}\\b[^{]*\\{[^}]*${field === undefined ? '' : `\\b${field}:`}`).test(sdl);
  return Object.fromEntries(
    Object.entries(resolvers)
      .filter(([type]) => has(type))
      .map(([type, fields]) => [
        type,
        Object.fromEntries(Object.entries(fields).filter(([field]) => field.startsWith('__') || has(type, field))),
      ]),
  );
}

const federation = givenFederation(
  Object.fromEntries(
    Object.entries(subgraphs).map(([name, sdl]) => [
      name,
      { sdl, resolvers: only(sdl, resolversOf() as Record<string, Record<string, unknown>>) },
    ]),
  ),
);

function runMerged(document: ReturnType<typeof parse>): ExecutionResult {
  const { schema } = federation.graphs.current;
  const fieldResolver = (source: Thing | undefined, _args: unknown, _context: unknown, info: GraphQLResolveInfo) => {
    const value = (source ?? world.roots)[info.fieldName];
    return typeof value === 'function' ? (value as () => unknown)() : value;
  };
  return execute({ schema, document, variableValues: variables, fieldResolver }) as ExecutionResult;
}

/** The places in the data that are null because of errors: below one, executors differ in how far they look for more. */
function nullsExplained(errors: Told['errors'] | ExecutionResult['errors'] = [], data: unknown): string[] {
  const places = errors.map(({ path = [] }) => {
    let at = data;
    let depth = 0;
    while (at !== null && depth < path.length) at = (at as Thing)[path[depth++] as string];
    return path.slice(0, depth).join('.');
  });
  return [...new Set(places)].sort();
}

/** A variable that is declared and not used is not valid. */
function withUsedVariables(query: string): string {
  const [, declared = '', rest = ''] = /^query \((.*?)\) (.*)$/s.exec(query) ?? [];
  const used = declared.split(', ').filter((declaration) => rest.includes(declaration.split(':')[0] ?? ''));
  return used.length === 0 ? rest : `query (${used.join(', ')}) ${rest}`;
}

test('gives what graphql-js gives on the merged schema', async () => {
  await fc.assert(
    fc.asyncProperty(fc.gen(), async (choose) => {
      const query = withUsedVariables(randomOperation(choose, federation.graphs.current.schema));
      const document = parse(query);
      try {
        requireValid(federation.graphs.current.schema, document);
      } catch {
        return;
      }
      const expected = runMerged(document);
      const told = await federation.ask(query, { variables });
      if (JSON.stringify(told.data) !== JSON.stringify(expected.data))
        throw new Error(
          [query, `expected ${JSON.stringify(expected.data)}`, `received ${JSON.stringify(told)}`].join('\n\n'),
        );
      expect(nullsExplained(told.errors, expected.data)).toEqual(nullsExplained(expected.errors, expected.data));
    }),
    { numRuns: Number(process.env['RUNS'] ?? 150) },
  );
});
