import { requirePermission } from '@opsconductor/authz';
import { InvalidInput } from '@opsconductor/subgraph';
import type { Approval, Prisma } from '../../generated/prisma/client.ts';
import type { DecideApprovalInput } from '../../generated/graphql.ts';
import type { Context } from '../context.ts';
import { resolveInputs } from '../jobs/inputs/resolveInputs.ts';
import type { Inputs } from '../jobs/inputs/resolveInputs.ts';
import type { Parameter } from '../workflows/definition.ts';
import { isStorable } from '../workflows/schema/texts.ts';
import { findApproval } from './approvals.ts';
import { isOver, objectionTo } from './approvers.ts';
import { endApproval, lockApprovals } from './endApproval.ts';
import { ApprovalChanged, ApprovalEnded, ApprovalNotForViewer, ApprovalNotFound } from './refusals.ts';
import { APPROVALS_TOPIC, approvalTopic } from './topics.ts';

const COMMENT_LENGTH = 2_000;

/**
 * Records what the viewer decides, and ends the approval when that is enough.
 * @throws {ApprovalNotFound} {@link ApprovalEnded} {@link ApprovalChanged} {@link ApprovalNotForViewer} {@link InvalidInput}
 */
export async function decideApproval(context: Context, input: DecideApprovalInput): Promise<Approval> {
  const viewer = requirePermission(context.viewer, 'approval:decide');
  const comment = readComment(input.comment);
  const seen = await findApproval(context, input.id);
  if (!seen) throw new ApprovalNotFound();
  const answers = input.isApproved ? await readAnswers(context, seen, input.answers) : {};
  const now = context.clock();
  return context.transact(async (unit) => {
    const [approval] = await lockApprovals(unit.db, { id: seen.id });
    if (!approval) throw new ApprovalNotFound();
    if (isOver(approval, now)) throw new ApprovalEnded(approval);
    // The form that the answers were checked against is of the hash that was seen.
    if (approval.subjectHash !== input.subjectHash || approval.subjectHash !== seen.subjectHash)
      throw new ApprovalChanged(approval);
    const { id: approvalId, quorum, executionId } = approval;
    const decisions = await unit.db.approvalDecision.findMany({ where: { approvalId } });
    const objection = objectionTo(viewer, approval, decisions);
    if (objection !== undefined) throw new ApprovalNotForViewer(objection);
    const { userId } = viewer;
    const decision = { approvalId, userId, isApproved: input.isApproved, comment, decidedAt: now };
    await unit.db.approvalDecision.create({ data: { ...decision, answers: answers as Prisma.InputJsonObject } });
    unit.wake(APPROVALS_TOPIC);
    unit.wake(approvalTopic(approvalId));
    unit.emit({
      type: 'automation.approval.decided',
      actorId: userId,
      requestId: context.requestId,
      subject: { type: 'approval', id: approvalId },
      data: { executionId, isApproved: input.isApproved },
    });
    if (!input.isApproved) return endApproval(unit, approval, 'REJECTED', now, userId);
    const approvals = decisions.filter(({ isApproved }) => isApproved).length + 1;
    return approvals >= quorum ? endApproval(unit, approval, 'APPROVED', now, userId) : approval;
  });
}

async function readAnswers({ expressions }: Context, { form }: Approval, given: unknown): Promise<Inputs> {
  try {
    return await resolveInputs(form as unknown as Parameter[], given, expressions);
  } catch (error) {
    if (error instanceof InvalidInput) throw new InvalidInput(error.field.replace(/^inputs/, 'answers'), error.message);
    throw error;
  }
}

function readComment(comment: string | null | undefined): string | null {
  if (comment == null || comment === '') return null;
  if (comment.length > COMMENT_LENGTH || !isStorable(comment))
    throw new InvalidInput('comment', `A comment has at most ${COMMENT_LENGTH} characters.`);
  return comment;
}
