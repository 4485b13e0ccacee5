import { InvalidInput, orRefusal } from '@opsconductor/subgraph';
import type {
  MutationApproveHostKeyArgs,
  MutationImportKnownHostsArgs,
  MutationPinHostKeyArgs,
  MutationRejectHostKeyArgs,
  MutationRevokeHostKeyArgs,
  QueryKnownHostsArgs,
} from '../../generated/graphql.ts';
import type { HostKey, PresentedKey, Target } from '../../generated/prisma/client.ts';
import type { Context } from '../context.ts';
import { TargetNotFound } from '../targets/refusals.ts';
import { exportKnownHosts, importKnownHosts } from './knownHosts.ts';
import { pinHostKey } from './pinHostKey.ts';
import { approveHostKey, listPresentedKeys, rejectHostKey } from './presentedKeys.ts';
import { HostKeyNotFound } from './refusals.ts';
import { revokeHostKey } from './revokeHostKey.ts';

export const hostKeyResolvers = {
  Query: {
    knownHosts: (_: unknown, { filter }: QueryKnownHostsArgs, context: Context) => exportKnownHosts(context, filter),
  },
  Mutation: {
    approveHostKey: (_: unknown, { input }: MutationApproveHostKeyArgs, context: Context) =>
      orRefusal([InvalidInput, TargetNotFound, HostKeyNotFound], async () => ({
        __typename: 'HostKeyApproved',
        ...(await approveHostKey(context, input)),
      })),
    rejectHostKey: (_: unknown, { input }: MutationRejectHostKeyArgs, context: Context) =>
      orRefusal([InvalidInput, TargetNotFound, HostKeyNotFound], async () => ({
        __typename: 'HostKeyRejected',
        target: await rejectHostKey(context, input),
      })),
    importKnownHosts: (_: unknown, { input }: MutationImportKnownHostsArgs, context: Context) =>
      orRefusal([InvalidInput], async () => ({
        __typename: 'KnownHostsImported',
        ...(await importKnownHosts(context, input)),
      })),
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
  PresentedHostKey: {
    state: ({ verdict }: PresentedKey) => (verdict === 'NOT_PINNED' ? 'UNVERIFIED' : verdict),
    execution: ({ executionId }: PresentedKey) => ({ id: executionId }),
  },
  Target: {
    presentedHostKeys: ({ id }: Target, _: unknown, context: Context) => listPresentedKeys(context, id),
  },
};
