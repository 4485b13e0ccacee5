import { orRefusal } from '@opsconductor/subgraph';
import type { Resolvers } from '../../generated/graphql.ts';
import { TooManyAttempts } from '../attempts/refusals.ts';
import { RefreshRejected, SessionNotFound, SignInRejected } from './refusals.ts';
import { refreshSession } from './refreshSession.ts';
import { listSessions, revokeOtherSessions, revokeSession } from './sessions.ts';
import { signIn } from './signIn.ts';
import { signOut } from './signOut.ts';
import { getViewer } from './viewer.ts';

export const sessionResolvers = {
  Query: {
    viewer: (_, _args, context) => getViewer(context),
    sessions: (_, page, context) => listSessions(context, page),
  },
  Mutation: {
    signIn: (_, { input }, context) =>
      orRefusal([SignInRejected, TooManyAttempts], async () => ({
        __typename: 'SignedIn' as const,
        ...(await signIn(context, input)),
      })),
    refreshSession: (_, { input }, context) =>
      orRefusal([RefreshRejected], async () => ({
        __typename: 'SignedIn' as const,
        ...(await refreshSession(context, input.refreshToken)),
      })),
    revokeSession: (_, { input }, context) =>
      orRefusal([SessionNotFound], async () => ({
        __typename: 'SessionRevoked' as const,
        ...(await revokeSession(context, input.id)),
      })),
    revokeOtherSessions: async (_, _args, context) => ({ count: await revokeOtherSessions(context) }),
    signOut: async (_, _args, context) => ({ signedOutAt: await signOut(context) }),
  },
} satisfies Resolvers;
