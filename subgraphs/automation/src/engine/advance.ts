/**
 * Looks at an execution and does what is next: ends what has ended, begins what comes after it, opens batches, concludes.
 * Level-triggered and idempotent: it goes by the rows alone, under the lock of the execution's row and in one
 * transaction, so that it may be asked for at any time, any number of times, from any process. See SPEC.md.
 */
import type { Unit } from '@opsconductor/events';
import type { Step } from '../../generated/prisma/client.ts';
import type { ExecutionStatus } from '../../generated/prisma/enums.ts';
import type { Db, LockedExecution } from '../executions/eventLog.ts';
import { isEnded, isStepEnded } from '../executions/transitions.ts';
import type { FanOut, JobDefinition } from '../workflows/definition.ts';
import { cancelChildren } from './cancelChildren.ts';
import { cancelWithin } from './cancelWithin.ts';
import { hasCompensations, walkCompensations } from './compensation.ts';
import { concludeExecution, lockJob } from './conclude.ts';
import type { Expressions } from './expressions.ts';
import { walkScope } from './scopes.ts';
import type { ScopeEnd } from './scopes.ts';
import { followStartApproval } from './nodes/approvalNode.ts';
import { StepBook } from './stepBook.ts';
import { endBatch } from './targetSteps.ts';
import { Walk } from './walk.ts';

/** Has an execution looked at: at once when it is an ad-hoc command, else by whoever takes the job. */
export async function advanceSoon(execution: LockedExecution): Promise<void> {
  if (execution.row.kind === 'COMMAND') return advanceCommand(execution);
  const { unit, id, row } = execution;
  unit.enqueue('automation.advance', [{ executionId: id }], row.priority);
}

/** The caller saves the execution afterwards. */
export async function advance(execution: LockedExecution, expressions: Expressions): Promise<void> {
  if (isEnded(execution.status)) return;
  if (execution.row.kind === 'COMMAND') return advanceCommand(execution);
  const walk = await openWalk(execution, expressions);
  await step(walk);
  await walk.save();
}

/** An ad-hoc command is one step, without expressions. */
async function advanceCommand(execution: LockedExecution): Promise<void> {
  if (isEnded(execution.status) || execution.status === 'PAUSED') return;
  const book = await StepBook.read(execution);
  const [only] = book.all();
  if (!only || only.remaining > 0) return;
  const { fanOut = {} } = (only.state ?? {}) as { fanOut?: FanOut };
  const end = await endBatch(execution, only, fanOut);
  if (!end) return;
  book.change(only, { status: end.status, reason: end.reason ?? null, isSettled: true });
  await book.flush();
  await concludeExecution(execution, end.status as ExecutionStatus);
}

async function openWalk(execution: LockedExecution, expressions: Expressions): Promise<Walk> {
  const row = await execution.unit.db.execution.findUniqueOrThrow({
    where: { id: execution.id },
    select: { definition: true, inputs: true, inputHash: true, variables: true, number: true },
  });
  const { workflow, policies = {} } = row.definition as unknown as JobDefinition;
  return new Walk({
    execution,
    workflow,
    expressions,
    book: await StepBook.read(execution),
    inputs: row.inputs,
    inputHash: row.inputHash,
    policies,
    variables: row.variables as Record<string, unknown>,
    number: row.number,
  });
}

async function step(walk: Walk): Promise<void> {
  const { execution } = walk;
  if (isOverdue(walk)) await cancelWithin(execution, 'The time limit of the job was reached.');
  if (execution.status === 'PENDING') {
    if (!(await mayBegin(walk))) return;
    execution.become('RUNNING');
  }
  switch (execution.status) {
    case 'RUNNING':
      return run(walk);
    case 'CANCELLING':
      return cancel(walk);
    case 'COMPENSATING':
      return compensate(walk);
    default:
      return;
  }
}

/** What is being undone is let finish: stopping halfway helps nobody. */
function isOverdue({ execution: { row, status, now } }: Walk): boolean {
  const isOpen = status === 'PENDING' || status === 'RUNNING' || status === 'PAUSED';
  return isOpen && row.deadlineAt !== null && row.deadlineAt <= now;
}

async function run(walk: Walk): Promise<void> {
  const end = await walkScope(walk, '', walk.workflow, false);
  if (end !== 'running') await finish(walk, statusOf(end));
}

function statusOf(end: Exclude<ScopeEnd, 'running'>): ExecutionStatus {
  switch (end) {
    case 'succeeded':
      return 'SUCCEEDED';
    case 'failed':
      return 'FAILED';
    case 'unknown':
      return 'UNKNOWN';
  }
}

/** Ends what waits; what runs is ended by the executors, which have been told. */
async function cancel(walk: Walk): Promise<void> {
  const { book, execution } = walk;
  for (const each of book.all()) if (isIdle(each)) book.change(each, { status: 'CANCELLED', reason: 'Cancelled.' });
  await endRunningTargets(walk);
  await cancelChildren(walk);
  if (book.all().some(({ status }) => !isStepEnded(status))) return;
  if (execution.row.endsAs) return concludeExecution(execution, execution.row.endsAs);
  await finish(walk, execution.reason === null ? 'CANCELLED' : 'FAILED');
}

/** Nobody works on it: it waits for its time, for a decision, or for steps inside of it, which end on their own. */
function isIdle({ status, kind }: Step): boolean {
  return status === 'PENDING' || status === 'WAITING' || (status === 'RUNNING' && kind === 'forEach');
}

async function endRunningTargets({ book, execution }: Walk): Promise<void> {
  for (const each of book.all()) {
    if (each.status !== 'RUNNING' || each.batches === 0 || each.remaining > 0) continue;
    const end = await endBatch(execution, each, {});
    if (end) book.change(each, { status: end.status, reason: end.reason ?? null });
  }
}

async function finish(walk: Walk, status: ExecutionStatus): Promise<void> {
  await walk.book.flush();
  if (status === 'SUCCEEDED' || !(await hasCompensations(walk))) return concludeExecution(walk.execution, status);
  walk.execution.set({ endsAs: status });
  walk.execution.become('COMPENSATING');
  await compensate(walk, status);
}

async function compensate(walk: Walk, endsAs = walk.execution.row.endsAs): Promise<void> {
  if (await walkCompensations(walk)) await concludeExecution(walk.execution, endsAs ?? 'FAILED');
}

/**
 * Whether it was approved, where that is needed, and the job's limit on executions at once leaves room. Who has to wait
 * is woken by the decision, or when another one ends.
 */
async function mayBegin(walk: Walk): Promise<boolean> {
  const { execution, policies } = walk;
  const approval = policies.approval ? await followStartApproval(walk, policies.approval) : 'approved';
  if (approval === 'waiting') return false;
  if (approval !== 'approved') {
    execution.set({ reason: approval.reason });
    await concludeExecution(execution, 'FAILED');
    return false;
  }
  const { jobId } = execution.row;
  const limit = policies.concurrency?.limit;
  return jobId === null || limit === undefined || (await countRunning(execution.unit, jobId)) < limit;
}

/** Executions of a job that have begun and not ended. Holds the job's lock until the transaction ends. */
export async function countRunning(unit: Unit<Db>, jobId: string): Promise<number> {
  await lockJob({ unit }, jobId);
  return unit.db.execution.count({
    where: { jobId, status: { in: ['RUNNING', 'PAUSED', 'CANCELLING', 'COMPENSATING'] } },
  });
}
