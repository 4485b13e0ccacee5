import { countOf, numberIn } from './rows.ts';
import { USERS } from './users.ts';

/** Part of the audit log: adds events to the entities of two other subgraphs, and leads back to a third. */
export const typeDefs = /* GraphQL */ `
  type Query {
    auditEvent(id: ID!): AuditEvent @requiresScopes(scopes: [["audit:read"]])
  }
  type AuditEvent @requiresScopes(scopes: [["audit:read"]]) {
    id: ID!
    type: String!
    at: String!
    actor: User
  }
  type Execution @key(fields: "id") {
    id: ID!
    auditEvents: [AuditEvent!] @requiresScopes(scopes: [["audit:read"]])
  }
  type Target @key(fields: "id") {
    id: ID!
    lastEvent: AuditEvent @requiresScopes(scopes: [["audit:read"]])
  }
  type User @key(fields: "id", resolvable: false) {
    id: ID!
  }
`;

const types = ['automation.execution.started', 'automation.execution.finished', 'assets.target.changed'];

function event(subject: string, index: number) {
  return {
    id: `${subject}.event-${index}`,
    type: types[index % types.length],
    at: new Date(Date.UTC(2026, 0, 2, 0, index)).toISOString(),
    actor: { id: `user-${(numberIn(subject) + index) % USERS}` },
  };
}

interface Reference {
  readonly id: string;
}

const itself = (reference: Reference) => reference;

export const resolvers = {
  Query: { auditEvent: (_: unknown, { id }: Reference) => event(id, 0) },
  Execution: {
    __resolveReference: itself,
    auditEvents: ({ id }: Reference) => countOf(2, (index) => event(id, index)),
  },
  Target: { __resolveReference: itself, lastEvent: ({ id }: Reference) => event(id, 2) },
};
