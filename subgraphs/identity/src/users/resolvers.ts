import { InvalidInput, orRefusal } from '@opsconductor/subgraph';
import type { Resolvers } from '../../generated/graphql.ts';
import { createUser } from './createUser.ts';
import { disableUser } from './disableUser.ts';
import { EmailTaken, LastAdministrator, RoleNotGrantable, UserNotFound } from './refusals.ts';
import { findReferencedUser, findUser, listUsers } from './users.ts';

export const userResolvers = {
  Query: {
    user: (_, { id }, context) => findUser(context, id),
    users: (_, page, context) => listUsers(context, page),
  },
  Mutation: {
    createUser: (_, { input }, context) =>
      orRefusal([InvalidInput, RoleNotGrantable, EmailTaken], async () => ({
        __typename: 'UserCreated' as const,
        user: await createUser(context, input),
      })),
    disableUser: (_, { input }, context) =>
      orRefusal([UserNotFound, LastAdministrator], async () => ({
        __typename: 'UserDisabled' as const,
        user: await disableUser(context, input.id),
      })),
  },
  User: {
    __resolveReference: ({ id }, context) => findReferencedUser(context, id),
  },
} satisfies Resolvers;
