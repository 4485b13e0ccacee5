import { withdrawApprovals } from '../approvals/requestApproval.ts';
import type { ExecutionStatus } from '../../generated/prisma/enums.ts';
import type { LockedExecution } from '../executions/eventLog.ts';

/** Ends an execution, once: tells who watches, the execution that waits for it, and the next one of its job. */
export async function concludeExecution(execution: LockedExecution, status: ExecutionStatus): Promise<void> {
  execution.become(status);
  const { unit, id, row, now } = execution;
  await withdrawApprovals(unit, id, now);
  const groups = await unit.db.task.groupBy({ by: ['status'], where: { executionId: id }, _count: { _all: true } });
  unit.emit({
    type: 'automation.execution.finished',
    actorId: null,
    subject: { type: 'execution', id },
    data: {
      status,
      startedById: row.startedById,
      ...(row.jobId && { jobId: row.jobId }),
      ...Object.fromEntries(groups.map((group) => [group.status, group._count._all])),
    },
  });
  if (row.parentStepId) await wakeParent(execution, row.parentStepId);
  if (row.jobId) await wakeNextOfJob(execution, row.jobId);
}

async function wakeParent({ unit }: LockedExecution, stepId: string): Promise<void> {
  const step = await unit.db.step.findUnique({
    where: { id: stepId },
    select: { executionId: true, execution: { select: { priority: true } } },
  });
  if (step) unit.enqueue('automation.advance', [{ executionId: step.executionId }], step.execution.priority);
}

/** One that waits because of the job's limit gets the place. */
async function wakeNextOfJob({ unit }: LockedExecution, jobId: string): Promise<void> {
  await lockJob({ unit }, jobId);
  const next = await unit.db.execution.findFirst({
    where: { jobId, status: 'PENDING' },
    orderBy: [{ priority: 'desc' }, { id: 'asc' }],
    select: { id: true, priority: true },
  });
  if (next) unit.enqueue('automation.advance', [{ executionId: next.id }], next.priority);
}

/** Executions of one job are counted, begun and ended one after the other. */
export async function lockJob({ unit }: Pick<LockedExecution, 'unit'>, jobId: string): Promise<void> {
  await unit.db.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${`job ${jobId}`}, 0))`;
}
