/** Why an execution is not running, or not going on: worked out when somebody asks, from the rows. */
import type { Execution, PrismaClient, Step } from '../../generated/prisma/client.ts';
import type { PendingReasonKind } from '../../generated/graphql.ts';
import { SILENT_AFTER_MS } from '../executors/registration.ts';
import type { JobDefinition } from '../workflows/definition.ts';
import { isEnded } from './transitions.ts';

export interface PendingReason {
  readonly kind: PendingReasonKind;
  readonly message: string;
  readonly step?: Step;
}

/** @returns nothing when some task of it runs, or it has ended */
export async function findPendingReasons(
  prisma: PrismaClient,
  execution: Execution,
  now: Date,
): Promise<PendingReason[]> {
  const { id, status } = execution;
  if (isEnded(status)) return [];
  if (status === 'PAUSED') return [{ kind: 'PAUSED', message: 'It is paused. Resume it to let it go on.' }];
  const running = await prisma.task.findFirst({ where: { executionId: id, status: 'RUNNING' }, select: { id: true } });
  if (running) return [];
  const approval = status === 'PENDING' ? await findStartApproval(prisma, id) : undefined;
  if (approval) return [approval];
  const limit = status === 'PENDING' ? await findJobLimit(prisma, execution) : undefined;
  if (limit) return [limit];
  const noExecutor = await findNoExecutor(prisma, execution, now);
  const steps = await prisma.step.findMany({
    where: { executionId: id, isClosed: false, status: { in: ['PENDING', 'WAITING', 'RUNNING'] } },
    orderBy: { id: 'asc' },
    take: 100,
  });
  const reasons = steps.flatMap((step) => reasonOf(step) ?? []);
  const locked = await findLocked(prisma, id);
  const isIdle = reasons.length === 0 && !locked && !noExecutor;
  const queued: PendingReason = { kind: 'QUEUED', message: 'Executors will begin it when they have a free place.' };
  return [...(noExecutor ?? []), ...(locked ?? []), ...reasons, ...(isIdle ? [queued] : [])];
}

/** Its place among the executions of its job that wait for it, from 1. */
export async function findQueuePosition(prisma: PrismaClient, execution: Execution): Promise<number | null> {
  const { id, jobId, status, priority } = execution;
  if (status !== 'PENDING' || jobId === null || limitOf(execution) === undefined) return null;
  const before = await prisma.execution.count({
    where: {
      jobId,
      status: 'PENDING',
      OR: [{ priority: { gt: priority } }, { priority, id: { lt: id } }],
    },
  });
  return before + 1;
}

function limitOf({ definition }: Execution): number | undefined {
  return (definition as unknown as JobDefinition | null)?.policies?.concurrency?.limit;
}

async function findStartApproval(prisma: PrismaClient, executionId: string): Promise<PendingReason | undefined> {
  const approval = await prisma.approval.findUnique({ where: { executionId_key: { executionId, key: 'start' } } });
  if (approval?.status !== 'PENDING') return undefined;
  return { kind: 'APPROVAL', message: 'Somebody has to approve it before it begins.' };
}

async function findJobLimit(prisma: PrismaClient, execution: Execution): Promise<PendingReason | undefined> {
  const limit = limitOf(execution);
  if (limit === undefined || execution.jobId === null) return undefined;
  const running = await prisma.execution.count({
    where: { jobId: execution.jobId, status: { in: ['RUNNING', 'PAUSED', 'CANCELLING', 'COMPENSATING'] } },
  });
  if (running < limit) return undefined;
  return { kind: 'JOB_LIMIT', message: `The job runs ${running} times already, and at most ${limit} times at once.` };
}

async function findNoExecutor(
  prisma: PrismaClient,
  { executorLabel }: Execution,
  now: Date,
): Promise<PendingReason[] | undefined> {
  const executor = await prisma.executor.findFirst({
    where: {
      lastSeenAt: { gt: new Date(now.getTime() - SILENT_AFTER_MS) },
      stoppedAt: null,
      isDraining: false,
      ...(executorLabel !== null && { labels: { has: executorLabel } }),
    },
    select: { id: true },
  });
  if (executor) return undefined;
  const which = executorLabel === null ? 'No executor' : `No executor with the label ${executorLabel}`;
  return [{ kind: 'NO_EXECUTOR', message: `${which} has been heard of lately.` }];
}

async function findLocked(prisma: PrismaClient, executionId: string): Promise<PendingReason[] | undefined> {
  const waiting = await prisma.task.count({ where: { executionId, status: 'PENDING', waitsForHold: true } });
  if (waiting === 0) return undefined;
  return [{ kind: 'LOCKED', message: `${waiting} of its tasks wait for others on the same targets, or like them.` }];
}

function reasonOf(step: Step): PendingReason | undefined {
  const until = step.wakeAt ? ` until ${step.wakeAt.toISOString()}` : '';
  if (step.status === 'PENDING')
    return { kind: 'RETRY', message: `The step ${step.nodeId} waits${until} to be tried again.`, step };
  if (step.status !== 'WAITING') return undefined;
  if (step.kind === 'approval')
    return { kind: 'APPROVAL', message: `The step ${step.nodeId} waits for a decision.`, step };
  return { kind: 'WAITING', message: `The step ${step.nodeId} waits${until}.`, step };
}
