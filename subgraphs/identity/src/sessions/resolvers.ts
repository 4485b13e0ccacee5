import { orRefusal } from '@opsconductor/subgraph';
import type { Resolvers } from '../../generated/graphql.ts';
import { TooManyAttempts } from '../attempts/refusals.ts';
import { SignInRejected } from './refusals.ts';
import { signIn } from './signIn.ts';
import { signOut } from './signOut.ts';
import { getViewer } from './viewer.ts';

export const sessionResolvers = {
  Query: {
    viewer: (_, _args, context) => getViewer(context),
  },
  Mutation: {
    signIn: (_, { input }, context) =>
      orRefusal([SignInRejected, TooManyAttempts], async () => ({
        __typename: 'SignedIn' as const,
        ...(await signIn(context, input)),
      })),
    signOut: async (_, _args, context) => ({ signedOutAt: await signOut(context) }),
  },
  SignedIn: {
    userId: ({ user }: { user: { id: string } }) => user.id,
  },
} satisfies Resolvers;
