import { InvalidInput, orRefusal } from '@opsconductor/subgraph';
import type { Approval, ApprovalDecision } from '../../generated/prisma/client.ts';
import type { DecideApprovalInput, QueryApprovalsArgs } from '../../generated/graphql.ts';
import type { Context } from '../context.ts';
import { findApproval, listApprovals } from './approvals.ts';
import { isOver, objectionTo } from './approvers.ts';
import { decideApproval } from './decideApproval.ts';
import { ApprovalChanged, ApprovalEnded, ApprovalNotForViewer, ApprovalNotFound } from './refusals.ts';

export const approvalResolvers = {
  Query: {
    approval: (_: unknown, { id }: { id: string }, context: Context) => findApproval(context, id),
    approvals: (_: unknown, { status, forMe, ...page }: QueryApprovalsArgs, context: Context) =>
      listApprovals(context, page, { status, forMe }),
  },
  Mutation: {
    decideApproval: (_: unknown, { input }: { input: DecideApprovalInput }, context: Context) =>
      orRefusal([InvalidInput, ApprovalNotFound, ApprovalEnded, ApprovalChanged, ApprovalNotForViewer], async () => ({
        __typename: 'ApprovalDecided',
        approval: await decideApproval(context, input),
      })),
  },
  Approval: {
    __resolveReference: ({ id }: { id: string }, context: Context) => findApproval(context, id),
    execution: ({ executionId }: Approval, _: unknown, { loaders }: Context) => loaders.execution.load(executionId),
    job: ({ jobId }: Approval, _: unknown, { loaders }: Context) => (jobId === null ? null : loaders.job.load(jobId)),
    decisions: ({ id }: Approval, _: unknown, { loaders }: Context) => loaders.decisions.load(id),
    mayDecide: async (approval: Approval, _: unknown, { viewer, clock, loaders }: Context) => {
      if (viewer.kind !== 'user' || isOver(approval, clock())) return false;
      return objectionTo(viewer, approval, await loaders.decisions.load(approval.id)) === undefined;
    },
    requestedBy: ({ requestedById }: Approval) => ({ __typename: 'User', id: requestedById }),
  },
  ApprovalDecision: {
    user: ({ userId }: ApprovalDecision) => ({ __typename: 'User', id: userId }),
  },
};
