import { InvalidInput, orRefusal } from '@opsconductor/subgraph';
import type {
  MutationCreateTargetArgs,
  MutationDeleteTargetArgs,
  MutationUpdateTargetArgs,
  QueryTargetsArgs,
  TargetChangesArgs,
} from '../../generated/graphql.ts';
import type { Target, TargetAttribute, TargetChange } from '../../generated/prisma/client.ts';
import type { Context } from '../context.ts';
import { findCredential } from '../credentials/credentials.ts';
import { CredentialNotFound } from '../credentials/refusals.ts';
import { testFilter } from '../filters/testFilter.ts';
import { listGroupsOfTarget } from '../groups/groups.ts';
import { listHostKeys } from '../hostKeys/hostKeys.ts';
import { isInMaintenance, listMaintenance } from '../maintenance/maintenance.ts';
import { listChanges } from './changes.ts';
import { createTarget } from './createTarget.ts';
import { deleteTarget } from './deleteTarget.ts';
import { TargetNameTaken, TargetNotFound } from './refusals.ts';
import { findTarget, listAttributes, listLabels, listTargets } from './targets.ts';
import { updateTarget } from './updateTarget.ts';

export const targetResolvers = {
  Query: {
    target: (_: unknown, { id }: { id: string }, context: Context) => findTarget(context, id),
    targets: (_: unknown, { filter, ...page }: QueryTargetsArgs, context: Context) =>
      listTargets(context, page, filter),
    testFilter: (_: unknown, { expression }: { expression: string }, context: Context) =>
      testFilter(context, expression),
  },
  Mutation: {
    createTarget: (_: unknown, { input }: MutationCreateTargetArgs, context: Context) =>
      orRefusal([InvalidInput, TargetNameTaken, CredentialNotFound], async () => ({
        __typename: 'TargetCreated',
        target: await createTarget(context, input),
      })),
    updateTarget: (_: unknown, { input }: MutationUpdateTargetArgs, context: Context) =>
      orRefusal([InvalidInput, TargetNotFound, TargetNameTaken, CredentialNotFound], async () => ({
        __typename: 'TargetUpdated',
        target: await updateTarget(context, input),
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
    attributes: ({ id }: Target, _: unknown, context: Context) => listAttributes(context, id),
    services: ({ id }: Target, _: unknown, { loaders }: Context) => loaders.services.load(id),
    hardware: (target: Target) => target,
    location: (target: Target) => target,
    state: (target: Target) => target,
    groups: ({ id }: Target, _: unknown, context: Context) => listGroupsOfTarget(context, id),
    maintenance: ({ id }: Target, _: unknown, context: Context) => listMaintenance(context, id),
    isInMaintenance: ({ id }: Target, _: unknown, context: Context) => isInMaintenance(context, id),
    changes: ({ id }: Target, page: TargetChangesArgs, context: Context) => listChanges(context, id, page),
    credential: ({ credentialId }: Target, _: unknown, context: Context) =>
      credentialId === null ? null : findCredential(context, credentialId),
    hostKeys: ({ id }: Target, _: unknown, context: Context) => listHostKeys(context, id),
  },
  TargetAttribute: { value: ({ text }: TargetAttribute) => text },
  TargetState: {
    hostKey: ({ hostKeyState }: Target) => hostKeyState,
    lastExecution: ({ lastExecutionId }: Target) => (lastExecutionId === null ? null : { id: lastExecutionId }),
  },
  TargetChange: {
    changedAt: ({ occurredAt }: TargetChange) => occurredAt,
    changedBy: ({ actorId }: TargetChange) => (actorId === null ? null : { id: actorId }),
  },
};
