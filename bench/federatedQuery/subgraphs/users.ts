import { at, countOf } from './rows.ts';

export const USERS = 12;

export interface User {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly team: { readonly name: string; readonly region: string };
}

const users = countOf(USERS, (index): User => {
  const team = { name: `Operations ${index % 3}`, region: index % 2 === 0 ? 'eu-central' : 'us-east' };
  return { id: `user-${index}`, name: `Operator Number ${index}`, email: `operator.${index}@example.com`, team };
});

export const typeDefs = /* GraphQL */ `
  type Query {
    user(id: ID!): User @requiresScopes(scopes: [["user:read"]])
  }
  type User @key(fields: "id") @requiresScopes(scopes: [["user:read"]]) {
    id: ID!
    name: String!
    email: String!
    team: Team!
  }
  type Team {
    name: String!
    region: String!
  }
`;

const find = ({ id }: { readonly id: string }) => at(users, id);

export const resolvers = {
  Query: { user: (_: unknown, argument: { id: string }) => find(argument) },
  User: { __resolveReference: find },
};
