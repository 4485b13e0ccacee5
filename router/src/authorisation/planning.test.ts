/** Rule F5 of SPEC.md: what is left can be planned, and what the plan gives can be completed. */
import { givenFederation } from '../testing/federation.ts';
import { userWith } from './testing/givenSupergraph.ts';

const subgraphs = {
  people: {
    sdl: `
      type Query { things: [Thing!]! @tag(name: "public"), first: Node @tag(name: "public") }
      interface Node { id: ID! }
      union Thing = Person | Robot
      type Person implements Node @key(fields: "id") @requiresScopes(scopes: [["user:read"]]) { id: ID!, name: String }
      type Robot implements Node @key(fields: "id") { id: ID!, model: String, owner: Person, parts: [Thing!] }`,
    resolvers: {
      Query: {
        things: () => [
          { __typename: 'Person', id: '1', name: 'Ann' },
          { __typename: 'Robot', id: '2', model: 'R2' },
        ],
        first: () => ({ __typename: 'Robot', id: '2', model: 'R2' }),
      },
      Robot: {
        owner: () => ({ id: '1', name: 'Ann' }),
        parts: () => [
          { __typename: 'Robot', id: '3', model: 'arm' },
          { __typename: 'Person', id: '1' },
        ],
      },
    },
  },
  prices: {
    sdl: `
      type Robot @key(fields: "id") { id: ID!, price: Int @requiresScopes(scopes: [["audit:read"]]), weight: Int }
      type Person @key(fields: "id") { id: ID!, debt: Int }`,
    resolvers: {
      Robot: { __resolveReference: (robot: object) => robot, price: () => 9, weight: () => 5 },
      Person: { __resolveReference: (person: object) => person, debt: () => 1 },
    },
  },
};

function givenPeople() {
  const federation = givenFederation(subgraphs);
  const ask = async (query: string) => {
    const { data, errors } = await federation.ask(query, { viewer: userWith() });
    return { data, refused: errors?.map(({ path }) => path?.join('.')) };
  };
  return { ask, asked: () => federation.calls.map(({ request }) => request.query).join(' ') };
}

test('F5: types and fields behind unions, interfaces and entities of several subgraphs', async () => {
  const gateway = givenPeople();
  const { data, refused } = await gateway.ask(`{
    things { ... on Person { name debt } ... on Robot { price weight owner { name } parts { ... on Robot { model price weight } ...P } } }
    first { id ... on Robot { weight } }
  } fragment P on Person { debt }`);
  expect(refused).toEqual([
    'things.0.name',
    'things.0.debt',
    'things.1.price',
    'things.1.owner',
    'things.1.parts.0.price',
    'things.1.parts.1.debt',
    'first.id',
  ]);
  expect(data).toEqual({
    things: [
      { name: null, debt: null },
      { price: null, weight: 5, owner: null, parts: [{ model: 'arm', price: null, weight: 5 }, { debt: null }] },
    ],
    first: null,
  });
  expect(gateway.asked()).not.toMatch(/\b(name|debt|price|owner)\b/);
});

test('F5: objects of which nothing is left', async () => {
  const gateway = givenPeople();
  expect(await gateway.ask('{ things { ... on Robot { price } } first { ... on Robot { price } } }')).toEqual({
    data: { things: [{}, { price: null }], first: { price: null } },
    refused: ['things.1.price', 'first.price'],
  });
});
