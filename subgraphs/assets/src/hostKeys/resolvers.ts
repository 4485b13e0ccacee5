import { InvalidInput, orRefusal } from '@opsconductor/subgraph';
import type { MutationPinHostKeyArgs, MutationRevokeHostKeyArgs } from '../../generated/graphql.ts';
import type { HostKey } from '../../generated/prisma/client.ts';
import type { Context } from '../context.ts';
import { TargetNotFound } from '../targets/refusals.ts';
import { pinHostKey } from './pinHostKey.ts';
import { HostKeyNotFound } from './refusals.ts';
import { revokeHostKey } from './revokeHostKey.ts';

export const hostKeyResolvers = {
  Mutation: {
    pinHostKey: (_: unknown, { input }: MutationPinHostKeyArgs, context: Context) =>
      orRefusal([InvalidInput, TargetNotFound], async () => ({
        __typename: 'HostKeyPinned',
        ...(await pinHostKey(context, input)),
      })),
    revokeHostKey: (_: unknown, { input }: MutationRevokeHostKeyArgs, context: Context) =>
      orRefusal([TargetNotFound, HostKeyNotFound], async () => ({
        __typename: 'HostKeyRevoked',
        ...(await revokeHostKey(context, input)),
      })),
  },
  HostKey: {
    state: ({ revokedAt }: HostKey) => (revokedAt ? 'REVOKED' : 'PINNED'),
    pinnedBy: ({ origin }: HostKey) => origin,
  },
};
