/** Situations of federation, each with a supergraph of its own: what has to come out. */
import { givenFederation } from '../testing/federation.ts';

type Thing = Record<string, unknown>;

const people = [
  { id: '1', email: 'a@x', name: 'Ann' },
  { id: '2', email: 'b@x', name: 'Bob' },
];
const byId = ({ id }: Thing) => people.find((person) => person.id === id) ?? null;

describe('keys', () => {
  test('of several fields, one of them in an object', async () => {
    const seats = [
      { row: 'A', place: { number: 1 } },
      { row: 'B', place: { number: 1 } },
    ];
    const key = '@key(fields: "row place { number }")';
    const federation = givenFederation({
      a: {
        sdl: `type Query { seats: [Seat] } type Seat ${key} { row: String! place: Place! } type Place @shareable { number: Int! }`,
        resolvers: { Query: { seats: () => seats } },
      },
      b: {
        sdl: `type Seat ${key} { row: String! place: Place! guest: String } type Place @shareable { number: Int! }`,
        resolvers: {
          Seat: { guest: ({ row, place }: { row: string; place: Thing }) => `${row}${String(place['number'])}` },
        },
      },
    });
    expect(await federation.ask('{ seats { guest } }')).toEqual({
      data: { seats: [{ guest: 'A1' }, { guest: 'B1' }] },
    });
  });

  test('what the client calls like a key is not taken for it', async () => {
    const federation = givenFederation({
      a: {
        sdl: 'type Query { people: [Person] } type Person @key(fields: "id") { id: ID! name: String }',
        resolvers: { Query: { people: () => people } },
      },
      b: {
        sdl: 'type Person @key(fields: "id") { id: ID! email: String }',
        resolvers: { Person: { __resolveReference: byId } },
      },
    });
    expect(await federation.ask('{ people { id: name, name: email } }')).toEqual({
      data: {
        people: [
          { id: 'Ann', name: 'a@x' },
          { id: 'Bob', name: 'b@x' },
        ],
      },
    });
  });

  test('lead from one to another through a subgraph that knows both', async () => {
    const federation = givenFederation({
      a: {
        sdl: 'type Query { people: [Person] } type Person @key(fields: "id") { id: ID! }',
        resolvers: { Query: { people: () => people } },
      },
      b: {
        sdl: 'type Person @key(fields: "id") @key(fields: "email") { id: ID! email: String! }',
        resolvers: { Person: { __resolveReference: byId } },
      },
      c: {
        sdl: 'type Person @key(fields: "email") { email: String! name: String }',
        resolvers: {
          Person: { __resolveReference: ({ email }: Thing) => people.find((person) => person.email === email) },
        },
      },
    });
    expect(await federation.ask('{ people { name } }')).toEqual({
      data: { people: [{ name: 'Ann' }, { name: 'Bob' }] },
    });
  });

  test('that a subgraph cannot resolve, beside one that it can, are not asked of it', async () => {
    const resolve = ({ id, code }: Thing) => ({
      id,
      code: code ?? `code of ${String(id)}`,
      nameInB: `b ${String(id)}`,
    });
    const federation = givenFederation({
      a: {
        sdl: `type Part @key(fields: "id") @key(fields: "code") { id: ID! code: ID! name: String }`,
        resolvers: {
          Part: {
            __resolveReference: ({ id }: Thing) => ({ id, code: `code of ${String(id)}`, name: `a ${String(id)}` }),
          },
        },
      },
      b: {
        sdl: `type Query { box: Box } type Box { parts: [Part!]! }
          type Part @key(fields: "id") @key(fields: "code", resolvable: false) { id: ID! code: ID! @external nameInB: String @requires(fields: "code") }`,
        resolvers: {
          Query: { box: () => ({ parts: [{ id: '1' }] }) },
          Part: { __resolveReference: resolve, nameInB: ({ id, code }: Thing) => `${String(id)} with ${String(code)}` },
        },
      },
    });
    expect(await federation.ask('{ box { parts { id name nameInB } } }')).toEqual({
      data: { box: { parts: [{ id: '1', name: 'a 1', nameInB: '1 with code of 1' }] } },
    });
  });

  test('that are null, and entities that are not there, leave a null and no error', async () => {
    const federation = givenFederation({
      a: {
        sdl: 'type Query { people: [Person] } type Person @key(fields: "id") { id: ID }',
        resolvers: { Query: { people: () => [{ id: null }, { id: '9' }, null, { id: '1' }] } },
      },
      b: {
        sdl: 'type Person @key(fields: "id") { id: ID name: String }',
        resolvers: { Person: { __resolveReference: byId } },
      },
    });
    const { data, errors } = await federation.ask('{ people { name } }');
    expect([data, errors]).toEqual([{ people: [{ name: null }, { name: null }, null, { name: 'Ann' }] }, undefined]);
  });
});

describe('representations', () => {
  test('are sent once for equal entities, and each entity gets what is its own', async () => {
    const federation = givenFederation({
      a: {
        sdl: 'type Query { seats: [Seat] } type Seat { person: Person } type Person @key(fields: "id") { id: ID! }',
        resolvers: {
          Query: { seats: () => ['2', '1', null, '2', '9', '1'].map((id) => ({ person: id && { id } })) },
        },
      },
      b: {
        sdl: 'type Person @key(fields: "id") { id: ID! name: String friend: Person }',
        resolvers: {
          Person: { __resolveReference: byId, friend: ({ id }: Thing) => byId({ id: id === '1' ? '2' : '1' }) },
        },
      },
    });
    const { data } = await federation.ask('{ seats { person { name friend { name } } } }');
    const ann = { name: 'Ann', friend: { name: 'Bob' } };
    const bob = { name: 'Bob', friend: { name: 'Ann' } };
    const nobody = { name: null, friend: null };
    expect(data.seats).toEqual([bob, ann, null, bob, nobody, ann].map((person) => ({ person })));
    expect(federation.calls.at(-1)?.request.variables).toEqual({
      representations: ['2', '1', '9'].map((id) => ({ __typename: 'Person', id })),
    });
  });

  test('an error of one entity is at every place where the entity is', async () => {
    const federation = givenFederation({
      a: {
        sdl: 'type Query { people: [Person] } type Person @key(fields: "id") { id: ID! }',
        resolvers: { Query: { people: () => ['1', '2', '1'].map((id) => ({ id })) } },
      },
      b: {
        sdl: 'type Person @key(fields: "id") { id: ID! name: String }',
        resolvers: {
          Person: {
            __resolveReference: byId,
            name: ({ id }: Thing) => {
              if (id === '1') throw new Error('secret');
              return 'Bob';
            },
          },
        },
      },
    });
    const { data, errors } = await federation.ask('{ people { called: name } }');
    expect(data.people).toEqual([{ called: null }, { called: 'Bob' }, { called: null }]);
    expect(errors?.map(({ path }) => path)).toEqual([
      ['people', 0, 'called'],
      ['people', 2, 'called'],
    ]);
    expect(JSON.stringify(errors)).not.toContain('secret');
  });
});

describe('@requires', () => {
  const comments = (_: unknown, { limit }: { limit: number }) =>
    Array.from({ length: limit }, (_item, at) => ({ id: `c${at}` }));
  const posts = {
    sdl: `type Query { post: Post feed: [Post] } type Mutation { touch: Post }
      type Post @key(fields: "id") { id: ID! title: String comments(limit: Int!): [Comment] } type Comment @shareable { id: ID! }`,
    resolvers: {
      Query: { post: () => ({ id: '1', title: 't' }), feed: () => [{ id: '1' }, { id: '2' }] },
      Mutation: { touch: () => ({ id: '1' }) },
      Post: { __resolveReference: ({ id }: Thing) => ({ id }), comments },
    },
  };
  const ids = ({ comments: given }: Thing): string => ((given ?? []) as { id: string }[]).map(({ id }) => id).join();
  const scores = {
    sdl: `type Post @key(fields: "id") { id: ID! comments(limit: Int!): [Comment] @external
      score: String @requires(fields: "comments(limit: 3) { id }") best: String @requires(fields: "comments(limit: 1) { id }") plain: Int }
      type Comment @shareable { id: ID! }`,
    resolvers: { Post: { score: ids, best: ids, plain: () => 7 } },
  };

  test('with an argument, beside the same field asked by the client with another', async () => {
    const federation = givenFederation({ posts, scores });
    expect(await federation.ask('{ post { comments(limit: 1) { id } score } }')).toEqual({
      data: { post: { comments: [{ id: 'c0' }], score: 'c0,c1,c2' } },
    });
    expect(
      await federation.ask('{ feed { score few: comments(limit: 2) { id } same: comments(limit: 3) { id } } }'),
    ).toEqual({
      data: {
        feed: [1, 2].map(() => ({
          score: 'c0,c1,c2',
          few: [{ id: 'c0' }, { id: 'c1' }],
          same: [{ id: 'c0' }, { id: 'c1' }, { id: 'c2' }],
        })),
      },
    });
  });

  test('with a variable of the client, and a client that calls another field by that name', async () => {
    const federation = givenFederation({ posts, scores });
    const query =
      'query ($n: Int!) { post { comments(limit: $n) { id } title: score comments2: comments(limit: 3) { id } } }';
    expect((await federation.ask(query, { variables: { n: 0 } })).data.post).toEqual({
      comments: [],
      title: 'c0,c1,c2',
      comments2: [{ id: 'c0' }, { id: 'c1' }, { id: 'c2' }],
    });
    expect((await federation.ask('{ post { comments: title score } }')).data.post).toEqual({
      comments: 't',
      score: 'c0,c1,c2',
    });
  });

  test('two of one field with different arguments', async () => {
    const federation = givenFederation({ posts, scores });
    expect(
      await federation.ask('{ feed { best plain score title } ...F } fragment F on Query { post { score best } }'),
    ).toEqual({
      data: {
        feed: [
          { best: 'c0', plain: 7, score: 'c0,c1,c2', title: null },
          { best: 'c0', plain: 7, score: 'c0,c1,c2', title: null },
        ],
        post: { score: 'c0,c1,c2', best: 'c0' },
      },
    });
  });
});

describe('interface objects', () => {
  const nodes = {
    sdl: `type Query { node: Node known: Node } interface Node @key(fields: "id") { id: ID! }
      type Book implements Node @key(fields: "id") { id: ID! title: String } type Film implements Node @key(fields: "id") { id: ID! }`,
    resolvers: {
      Query: { known: () => ({ __typename: 'Book', id: 'b1', title: 'T' }) },
      Node: {
        __resolveReference: ({ id }: Thing) => ({
          __typename: String(id).startsWith('b') ? 'Book' : 'Film',
          id,
          title: 'T',
        }),
      },
    },
  };
  const extras = {
    sdl: `type Query { loose: Node loosely: [Node] } type Node @key(fields: "id") @interfaceObject { id: ID! stars: Int }`,
    resolvers: {
      Query: { loose: () => ({ id: 'f2' }), loosely: () => [{ id: 'b1' }, { id: 'f2' }] },
      Node: { stars: ({ id }: Thing) => Number(String(id).slice(1)) },
    },
  };

  test('give fields to every type of the interface', async () => {
    const federation = givenFederation({ nodes, extras });
    expect(await federation.ask('{ known { __typename id stars ... on Book { title } } }')).toEqual({
      data: { known: { __typename: 'Book', id: 'b1', stars: 1, title: 'T' } },
    });
  });

  test('are told what they are where it matters, and not where it does not', async () => {
    const federation = givenFederation({ nodes, extras });
    expect(await federation.ask('{ loosely { type: __typename stars ... on Book { title } } }')).toEqual({
      data: {
        loosely: [
          { type: 'Book', stars: 1, title: 'T' },
          { type: 'Film', stars: 2 },
        ],
      },
    });
    federation.calls.splice(0);
    expect(await federation.ask('{ loose { id stars } }')).toEqual({ data: { loose: { id: 'f2', stars: 2 } } });
    expect(federation.calls.map(({ subgraph }) => subgraph)).toEqual(['extras']);
  });

  test('to which nothing leads are an error, not null', async () => {
    const federation = givenFederation({
      a: { sdl: 'type Query { a: Node } interface Node { id: ID! }' },
      b: {
        sdl: 'type Query { b: Node } type Node @interfaceObject @key(fields: "id", resolvable: false) { id: ID! field: String }',
        resolvers: { Query: { b: () => ({ id: 'n1', field: 'foo' }) } },
      },
      c: {
        sdl: 'interface Node @key(fields: "id") { id: ID! } type Thing implements Node @key(fields: "id") { id: ID! }',
      },
    });
    const { data, errors } = await federation.ask('{ a { field } }');
    expect([data, errors?.length]).toEqual([null, 1]);
    expect(await federation.ask('{ b { id field } }')).toEqual({ data: { b: { id: 'n1', field: 'foo' } } });
  });
});

test('a mutation is done in order, as often as it is asked', async () => {
  const done: string[] = [];
  const add = (_: unknown, { what }: { what: string }) => done.push(what);
  const federation = givenFederation({
    a: { sdl: 'type Query { a: Int } type Mutation { add(what: String!): Int! }', resolvers: { Mutation: { add } } },
    b: {
      sdl: 'type Query { b: Int } type Mutation { put(what: String!): Int! }',
      resolvers: { Mutation: { put: add } },
    },
  });
  const query = 'mutation { one: add(what: "x") two: add(what: "x") three: put(what: "y") four: add(what: "z") }';
  expect(await federation.ask(query)).toEqual({ data: { one: 1, two: 2, three: 3, four: 4 } });
  expect(done).toEqual(['x', 'x', 'y', 'z']);
});

test('@provides, @override, @inaccessible, @shareable, unions and enums', async () => {
  const federation = givenFederation({
    a: {
      sdl: `type Query { top: Item all: [Item] mood: Mood } union Item = Book | Film
        type Book @key(fields: "id") { id: ID! author: Person @provides(fields: "name") hidden: String @inaccessible size: Int }
        type Film @key(fields: "id") { id: ID! length: Int } type Person @key(fields: "id") { id: ID! name: String @external }
        enum Mood { GOOD BAD @inaccessible }`,
      resolvers: {
        Item: { __resolveType: ({ length }: Thing) => (length ? 'Film' : 'Book') },
        Query: {
          top: () => ({ id: '1', author: { id: '1', name: 'provided' }, size: 0 }),
          all: () => [
            { id: '1', author: { id: '1', name: 'provided' } },
            { id: '2', length: 90 },
          ],
          mood: () => 'BAD',
        },
      },
    },
    b: {
      sdl: `type Person @key(fields: "id") { id: ID! name: String @shareable email: String } type Book @key(fields: "id") { id: ID! size: Int @override(from: "a") }`,
      resolvers: { Person: { __resolveReference: byId }, Book: { size: () => 42 } },
    },
  });
  expect(await federation.ask('{ top { ... on Book { author { name } size } } }')).toEqual({
    data: { top: { author: { name: 'provided' }, size: 42 } },
  });
  expect(
    await federation.ask('{ all { __typename ... on Film { length } ... on Book { author { email } } } }'),
  ).toEqual({
    data: {
      all: [
        { __typename: 'Book', author: { email: 'a@x' } },
        { __typename: 'Film', length: 90 },
      ],
    },
  });
  expect(await federation.ask('{ top { ... on Film { length } } }')).toEqual({ data: { top: {} } });
  const { data, errors } = await federation.ask('{ mood }');
  expect([data, errors?.length]).toEqual([{ mood: null }, 1]);
  expect((await federation.ask('{ top { ... on Book { hidden } } }')).data).toBeUndefined();
});
