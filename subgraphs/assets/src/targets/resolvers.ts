import { InvalidInput, orRefusal } from '@opsconductor/subgraph';
import type { MutationCreateTargetArgs, MutationDeleteTargetArgs, QueryTargetsArgs } from '../../generated/graphql.ts';
import type { Target } from '../../generated/prisma/client.ts';
import type { Context } from '../context.ts';
import { findCredential } from '../credentials/credentials.ts';
import { CredentialNotFound } from '../credentials/refusals.ts';
import { listHostKeys } from '../hostKeys/hostKeys.ts';
import { createTarget } from './createTarget.ts';
import { deleteTarget } from './deleteTarget.ts';
import { TargetNameTaken, TargetNotFound } from './refusals.ts';
import { findTarget, listLabels, listTargets } from './targets.ts';

export const targetResolvers = {
  Query: {
    target: (_: unknown, { id }: { id: string }, context: Context) => findTarget(context, id),
    targets: (_: unknown, { filter, ...page }: QueryTargetsArgs, context: Context) =>
      listTargets(context, page, filter),
  },
  Mutation: {
    createTarget: (_: unknown, { input }: MutationCreateTargetArgs, context: Context) =>
      orRefusal([InvalidInput, TargetNameTaken, CredentialNotFound], async () => ({
        __typename: 'TargetCreated',
        target: await createTarget(context, input),
      })),
    deleteTarget: (_: unknown, { input }: MutationDeleteTargetArgs, context: Context) =>
      orRefusal([TargetNotFound], async () => ({
        __typename: 'TargetDeleted',
        id: await deleteTarget(context, input.id),
      })),
  },
  Target: {
    __resolveReference: ({ id }: { id: string }, context: Context) => findTarget(context, id),
    labels: ({ id }: Target, _: unknown, context: Context) => listLabels(context, id),
    credential: ({ credentialId }: Target, _: unknown, context: Context) =>
      credentialId === null ? null : findCredential(context, credentialId),
    hostKeys: ({ id }: Target, _: unknown, context: Context) => listHostKeys(context, id),
  },
};
