/** Rule F5 of SPEC.md: the stock gateway plans what is left, and what it answers can be completed. */
import { ApolloGateway, LocalGraphQLDataSource } from '@apollo/gateway';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { composeServices } from '@apollo/composition';
import { parse, print } from 'graphql';
import { createAuthoriser } from './authorise.ts';
import type { Answer } from './authorise.ts';
import { readRequirements, withoutSecurityPurpose } from './requirements.ts';
import { userWith } from './testing/givenSupergraph.ts';

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.12", import: ["@key", "@authenticated", "@requiresScopes", "@tag"])`;
const subgraphs = {
  people: {
    typeDefs: `${link}
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
    typeDefs: `${link}
      type Robot @key(fields: "id") { id: ID!, price: Int @requiresScopes(scopes: [["audit:read"]]), weight: Int }
      type Person @key(fields: "id") { id: ID!, debt: Int }`,
    resolvers: {
      Robot: { __resolveReference: (robot: object) => robot, price: () => 9, weight: () => 5 },
      Person: { __resolveReference: (person: object) => person, debt: () => 1 },
    },
  },
};

const services = Object.entries(subgraphs).map(([name, { typeDefs }]) => ({
  name,
  url: `http://${name}`,
  typeDefs: parse(typeDefs),
}));
const { supergraphSdl = '' } = composeServices(services);

async function givenGateway() {
  const asked: string[] = [];
  const gateway = new ApolloGateway({
    supergraphSdl: withoutSecurityPurpose(supergraphSdl),
    buildService: ({ name }) => {
      const { typeDefs, resolvers } = subgraphs[name as keyof typeof subgraphs];
      const local = new LocalGraphQLDataSource(
        buildSubgraphSchema({ typeDefs: parse(typeDefs), resolvers: resolvers }),
      );
      return { process: (options) => (asked.push(options.request.query ?? ''), local.process(options)) };
    },
  });
  const { schema, executor } = await gateway.load();
  const authorise = createAuthoriser({ schema, requirements: readRequirements(supergraphSdl) });
  const ask = async (source: string) => {
    const decision = authorise({ document: parse(source), viewer: userWith() });
    if (decision.kind !== 'filtered' || !decision.document) throw new Error(decision.kind);
    const query = print(decision.document);
    const context = {
      document: decision.document,
      queryHash: query,
      request: { query, variables: {} },
      schema,
      overallCachePolicy: {},
      metrics: {},
      context: {},
      cache: new Map(),
      logger: console,
    };
    const answer = decision.complete((await executor(context as never)) as Answer);
    return {
      data: JSON.parse(JSON.stringify(answer.data)),
      refused: answer.errors?.map(({ path }) => path?.join('.')),
    };
  };
  return { ask, asked, [Symbol.asyncDispose]: () => gateway.stop() };
}

test('F5: types and fields behind unions, interfaces and entities of several subgraphs', async () => {
  await using gateway = await givenGateway();
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
  expect(gateway.asked.join(' ')).not.toMatch(/\b(name|debt|price|owner)\b/);
});

test('F5: objects of which nothing is left', async () => {
  await using gateway = await givenGateway();
  expect(await gateway.ask('{ things { ... on Robot { price } } first { ... on Robot { price } } }')).toEqual({
    data: { things: [{}, { price: null }], first: { price: null } },
    refused: ['things.1.price', 'first.price'],
  });
});
