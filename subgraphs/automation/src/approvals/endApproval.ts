import type { Unit } from '@opsconductor/events';
import { Prisma } from '../../generated/prisma/client.ts';
import type { Approval } from '../../generated/prisma/client.ts';
import type { ApprovalStatus } from '../../generated/prisma/enums.ts';
import type { Db } from '../executions/eventLog.ts';
import { APPROVALS_TOPIC, approvalTopic } from './topics.ts';

/** Locks approvals until the transaction ends, always in the same order. */
export async function lockApprovals(
  db: Db,
  where: { readonly id?: string; readonly executionId?: string; readonly key?: string; readonly status?: 'PENDING' },
): Promise<Approval[]> {
  const { id, executionId, key, status } = where;
  const conditions = [
    ...(id === undefined ? [] : [Prisma.sql`id = ${id}::uuid`]),
    ...(executionId === undefined ? [] : [Prisma.sql`execution_id = ${executionId}::uuid`]),
    ...(key === undefined ? [] : [Prisma.sql`key = ${key}`]),
    ...(status === undefined ? [] : [Prisma.sql`status = 'PENDING'`]),
  ];
  const rows = await db.$queryRaw<{ id: string }[]>(
    Prisma.sql`select id from approvals where ${Prisma.join(conditions, ' and ')} order by id for update`,
  );
  return db.approval.findMany({ where: { id: { in: rows.map((row) => row.id) } }, orderBy: { id: 'asc' } });
}

/**
 * Ends an approval that this transaction has locked, and makes its execution go on.
 * @returns the approval as it is then; as it is when it has ended before
 */
export async function endApproval(
  unit: Unit<Db>,
  { id, executionId }: Pick<Approval, 'id' | 'executionId'>,
  status: Exclude<ApprovalStatus, 'PENDING'>,
  now: Date,
  actorId: string | null = null,
): Promise<Approval> {
  const [ended] = await unit.db.approval.updateManyAndReturn({
    where: { id, status: 'PENDING' },
    data: { status, endedAt: now, remindAt: null },
  });
  if (!ended) return unit.db.approval.findUniqueOrThrow({ where: { id } });
  // One that is withdrawn has nothing waiting for it.
  if (status !== 'WITHDRAWN') unit.enqueue('automation.advance', [{ executionId }]);
  unit.wake(APPROVALS_TOPIC);
  unit.wake(approvalTopic(id));
  unit.emit({
    type: `automation.approval.${status.toLowerCase()}`,
    actorId,
    subject: { type: 'approval', id },
    data: { executionId, jobId: ended.jobId },
  });
  return ended;
}
