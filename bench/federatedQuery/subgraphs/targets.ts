import { at, countOf } from './rows.ts';
import { USERS } from './users.ts';

export const TARGETS = 40;

const targets = countOf(TARGETS, (index) => ({
  id: `target-${index}`,
  name: `web-${String(index).padStart(3, '0')}.production`,
  address: `10.20.${index % 7}.${index}`,
  platform: index % 4 === 0 ? 'FREEBSD' : 'LINUX',
  tags: ['production', `rack-${index % 5}`],
  owner: { id: `user-${index % USERS}` },
}));

export const typeDefs = /* GraphQL */ `
  type Query {
    target(id: ID!): Target @requiresScopes(scopes: [["target:read"]])
  }
  type Target @key(fields: "id") @requiresScopes(scopes: [["target:read"]]) {
    id: ID!
    name: String!
    address: String!
    platform: Platform!
    tags: [String!]!
    owner: User
  }
  enum Platform {
    LINUX
    FREEBSD
  }
  type User @key(fields: "id", resolvable: false) {
    id: ID!
  }
`;

const find = ({ id }: { readonly id: string }) => at(targets, id);

export const resolvers = {
  Query: { target: (_: unknown, argument: { id: string }) => find(argument) },
  Target: { __resolveReference: find },
};
