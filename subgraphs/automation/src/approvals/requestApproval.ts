/** What the engine asks of approvals, each inside of its own transaction. */
import type { Unit } from '@opsconductor/events';
import type { Approval, ApprovalDecision, Prisma } from '../../generated/prisma/client.ts';
import type { ApprovalStatus } from '../../generated/prisma/enums.ts';
import type { Db } from '../executions/eventLog.ts';
import type { ActionOf } from '../workflows/definition.ts';
import { endApproval, lockApprovals } from './endApproval.ts';
import { APPROVALS_TOPIC, approvalTopic } from './topics.ts';

export interface ApprovalRequest {
  readonly executionId: string;
  /** The place in the execution, such as the key of a step: asked for twice, it is the same approval. */
  readonly key: string;
  readonly jobId: string | null;
  /** Who started the execution. */
  readonly requestedById: string;
  /** SHA-256 of what is approved, hex (`hashJson` of `jobs/canonicalJson.ts`). */
  readonly subjectHash: string;
  /** As the node or the job's policy says it, with its message filled. */
  readonly settings: Omit<ActionOf<'approval'>, 'kind'>;
}

/**
 * Asks for an approval, or finds the one that was asked for. About another thing than before, it begins anew.
 * @param now also the start of its time
 */
export async function requestApproval(unit: Unit<Db>, request: ApprovalRequest, now: Date): Promise<Approval> {
  const { executionId, key, subjectHash } = request;
  const [earlier] = await lockApprovals(unit.db, { executionId, key });
  if (earlier && (earlier.subjectHash === subjectHash || earlier.status === 'WITHDRAWN')) return earlier;
  const data = await toRow(unit.db, request, now);
  if (earlier) await unit.db.approvalDecision.deleteMany({ where: { approvalId: earlier.id } });
  const approval = await (earlier
    ? unit.db.approval.update({ where: { id: earlier.id }, data: { ...data, status: 'PENDING', endedAt: null } })
    : unit.db.approval.create({ data: { ...data, executionId, key } }));
  unit.wake(APPROVALS_TOPIC);
  unit.wake(approvalTopic(approval.id));
  unit.emit({
    type: `automation.approval.${earlier ? 'changed' : 'requested'}`,
    actorId: request.requestedById,
    subject: { type: 'approval', id: approval.id },
    data: { executionId, jobId: approval.jobId, message: approval.message.slice(0, 500), quorum: approval.quorum },
  });
  return approval;
}

async function toRow(db: Db, { jobId, requestedById, subjectHash, settings }: ApprovalRequest, now: Date) {
  const after = (seconds: number | undefined) =>
    seconds === undefined ? null : new Date(now.getTime() + seconds * 1_000);
  // The job may be gone, its execution goes on.
  const job = jobId === null ? null : await db.job.findUnique({ where: { id: jobId }, select: { id: true } });
  return {
    jobId: job?.id ?? null,
    message: settings.message,
    form: (settings.form ?? []) as unknown as Prisma.InputJsonValue,
    subjectHash,
    quorum: settings.quorum ?? 1,
    mayRequesterApprove: settings.mayRequesterApprove ?? false,
    approverRoles: [...(settings.approverRoles ?? [])],
    requestedById,
    requestedAt: now,
    expiresAt: after(settings.expiresAfterSeconds),
    remindEverySeconds: settings.remindEverySeconds ?? null,
    remindAt: after(settings.remindEverySeconds),
  };
}

export interface ApprovalOutcome {
  readonly status: ApprovalStatus;
  /** Of the approval that was the last one needed, by the name of the form's parameter; empty until then. */
  readonly answers: Readonly<Record<string, unknown>>;
  readonly decisions: readonly ApprovalDecision[];
  readonly expiresAt: Date | null;
}

/** @returns undefined when nothing about this thing was asked for there: what else was approved does not count */
export async function readApproval(
  db: Db,
  { executionId, key, subjectHash }: Pick<ApprovalRequest, 'executionId' | 'key' | 'subjectHash'>,
): Promise<ApprovalOutcome | undefined> {
  const approval = await db.approval.findUnique({
    where: { executionId_key: { executionId, key }, subjectHash },
    include: { decisions: { orderBy: [{ decidedAt: 'asc' }, { userId: 'asc' }] } },
  });
  if (!approval) return undefined;
  const { status, decisions, expiresAt } = approval;
  const last = status === 'APPROVED' ? decisions.findLast(({ isApproved }) => isApproved) : undefined;
  return { status, answers: (last?.answers ?? {}) as Record<string, unknown>, decisions, expiresAt };
}

/** Ends what still waits for decisions about an execution that has ended. */
export async function withdrawApprovals(unit: Unit<Db>, executionId: string, now: Date): Promise<void> {
  for (const approval of await lockApprovals(unit.db, { executionId, status: 'PENDING' }))
    await endApproval(unit, approval, 'WITHDRAWN', now);
}
