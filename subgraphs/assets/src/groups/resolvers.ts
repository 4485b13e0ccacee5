import { InvalidInput, orRefusal } from '@opsconductor/subgraph';
import type {
  MutationAddGroupMembersArgs,
  MutationCreateTargetGroupArgs,
  MutationDeleteTargetGroupArgs,
  MutationMoveTargetGroupArgs,
  MutationRemoveGroupMembersArgs,
  MutationUpdateTargetGroupArgs,
  QueryTargetGroupsArgs,
  TargetGroupTargetsArgs,
} from '../../generated/graphql.ts';
import type { TargetGroup } from '../../generated/prisma/client.ts';
import type { Context } from '../context.ts';
import { TargetNotFound } from '../targets/refusals.ts';
import { createGroup, deleteGroup, moveGroup, updateGroup } from './changeGroups.ts';
import { countTargets, findGroup, listChildren, listGroups, listTargetsOfGroup } from './groups.ts';
import { addMembers, removeMembers } from './members.ts';
import {
  TargetGroupInUse,
  TargetGroupNameTaken,
  TargetGroupNotFound,
  TargetGroupWouldContainItself,
} from './refusals.ts';

const placement = [InvalidInput, TargetGroupNotFound, TargetGroupNameTaken];
const membership = [InvalidInput, TargetGroupNotFound, TargetNotFound];

export const groupResolvers = {
  Query: {
    targetGroup: (_: unknown, { id }: { id: string }, context: Context) => findGroup(context, id),
    targetGroups: (_: unknown, page: QueryTargetGroupsArgs, context: Context) => listGroups(context, page),
  },
  Mutation: {
    createTargetGroup: (_: unknown, { input }: MutationCreateTargetGroupArgs, context: Context) =>
      orRefusal(placement, async () => ({
        __typename: 'TargetGroupCreated',
        group: await createGroup(context, input),
      })),
    updateTargetGroup: (_: unknown, { input }: MutationUpdateTargetGroupArgs, context: Context) =>
      orRefusal(placement, async () => ({
        __typename: 'TargetGroupUpdated',
        group: await updateGroup(context, input),
      })),
    moveTargetGroup: (_: unknown, { input }: MutationMoveTargetGroupArgs, context: Context) =>
      orRefusal([...placement, TargetGroupWouldContainItself], async () => ({
        __typename: 'TargetGroupMoved',
        group: await moveGroup(context, input),
      })),
    deleteTargetGroup: (_: unknown, { input }: MutationDeleteTargetGroupArgs, context: Context) =>
      orRefusal([TargetGroupNotFound, TargetGroupInUse], async () => ({
        __typename: 'TargetGroupDeleted',
        id: await deleteGroup(context, input.id),
      })),
    addGroupMembers: (_: unknown, { input }: MutationAddGroupMembersArgs, context: Context) =>
      orRefusal(membership, async () => ({
        __typename: 'GroupMembersChanged',
        ...(await addMembers(context, input)),
      })),
    removeGroupMembers: (_: unknown, { input }: MutationRemoveGroupMembersArgs, context: Context) =>
      orRefusal(membership, async () => ({
        __typename: 'GroupMembersChanged',
        ...(await removeMembers(context, input)),
      })),
  },
  TargetGroup: {
    __resolveReference: ({ id }: { id: string }, context: Context) => findGroup(context, id),
    parent: ({ parentId }: TargetGroup, _: unknown, context: Context) =>
      parentId === null ? null : findGroup(context, parentId),
    children: ({ id }: TargetGroup, _: unknown, context: Context) => listChildren(context, id),
    targetCount: async ({ id }: TargetGroup, _: unknown, context: Context) => (await countTargets(context, id)).own,
    totalTargetCount: async ({ id }: TargetGroup, _: unknown, context: Context) =>
      (await countTargets(context, id)).total,
    targets: (group: TargetGroup, page: TargetGroupTargetsArgs, context: Context) =>
      listTargetsOfGroup(context, group, page),
  },
};
