import { at, countOf } from './rows.ts';
import { TARGETS } from './targets.ts';
import { USERS } from './users.ts';

const EXECUTIONS = 40;
const TASKS_EACH = 12;

const executions = countOf(EXECUTIONS, (index) => ({
  id: `execution-${index}`,
  command: `systemctl restart worker@${index}.service`,
  status: index % 6 === 0 ? 'FAILED' : 'SUCCEEDED',
  createdAt: new Date(Date.UTC(2026, 0, 1, 0, index)).toISOString(),
  startedBy: { id: `user-${(index * 5) % USERS}` },
  tasks: countOf(TASKS_EACH, (task) => ({
    id: `execution-${index}.task-${task}`,
    status: (index + task) % 6 === 0 ? 'FAILED' : 'SUCCEEDED',
    exitCode: (index + task) % 6 === 0 ? 1 : 0,
    target: { id: `target-${(index * 3 + task) % TARGETS}` },
  })),
}));

export const typeDefs = /* GraphQL */ `
  type Query {
    execution(id: ID!): Execution @requiresScopes(scopes: [["execution:read"]])
    executions(first: Int!): [Execution!]! @requiresScopes(scopes: [["execution:read"]])
  }
  type Execution @key(fields: "id") @requiresScopes(scopes: [["execution:read"]]) {
    id: ID!
    command: String!
    status: Status!
    createdAt: String!
    startedBy: User
    tasks(first: Int!): [Task!]!
  }
  type Task @requiresScopes(scopes: [["execution:read"]]) {
    id: ID!
    status: Status!
    exitCode: Int
    target: Target
  }
  enum Status {
    SUCCEEDED
    FAILED
  }
  type User @key(fields: "id", resolvable: false) {
    id: ID!
  }
  type Target @key(fields: "id", resolvable: false) {
    id: ID!
  }
`;

const find = ({ id }: { readonly id: string }) => at(executions, id);

export const resolvers = {
  Query: {
    execution: (_: unknown, argument: { id: string }) => find(argument),
    executions: (_: unknown, { first }: { first: number }) => executions.slice(0, first),
  },
  Execution: {
    __resolveReference: find,
    tasks: ({ tasks }: { tasks: readonly unknown[] }, { first }: { first: number }) => tasks.slice(0, first),
  },
};
