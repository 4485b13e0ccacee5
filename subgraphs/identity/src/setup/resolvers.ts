import { InvalidInput, orRefusal } from '@opsconductor/subgraph';
import type { Resolvers } from '../../generated/graphql.ts';
import { completeSetup, isSetupRequired } from './completeSetup.ts';
import { SetupAlreadyCompleted, SetupSecretRejected } from './refusals.ts';

export const setupResolvers = {
  Query: {
    setupRequired: (_, _args, context) => isSetupRequired(context),
  },
  Mutation: {
    completeSetup: (_, { input }, context) =>
      orRefusal([InvalidInput, SetupSecretRejected, SetupAlreadyCompleted], async () => ({
        __typename: 'SignedIn' as const,
        ...(await completeSetup(context, input)),
      })),
  },
} satisfies Resolvers;
