import type { AuditEvent } from '../../generated/prisma/client.ts';
import type { Resolvers } from '../../generated/graphql.ts';
import { findAuditEvent, listAuditEvents, listEventsOfActor } from './auditEvents.ts';

export const resolvers: Resolvers = {
  Query: {
    auditEvents: (_, { filter, ...page }, context) => listAuditEvents(context, page, filter),
  },
  AuditEvent: {
    __resolveReference: ({ id }, context) => findAuditEvent(context, id),
    actor: ({ actorId }: AuditEvent) => (actorId === null ? null : { __typename: 'User', id: actorId }),
    details: ({ data }: AuditEvent) =>
      Object.entries(data as Record<string, unknown>)
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([name, value]) => ({ name, value: String(value) })),
  },
  User: {
    __resolveReference: ({ id }) => ({ id }),
    auditEvents: ({ id }: { id: string }, page, context) => listEventsOfActor(context, id, page),
  },
};
