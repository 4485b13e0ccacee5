import { Prisma } from '../../generated/prisma/client.ts';
import type { Step } from '../../generated/prisma/client.ts';
import type { FanOut, WorkflowNode } from '../workflows/definition.ts';
import { ExpressionFault } from '../workflows/expressions/index.ts';
import type { FanOutTarget } from './fanOut/planFanOut.ts';
import { beginNode } from './nodes/beginNode.ts';
import { NodeFailed } from './nodes/nodeFailed.ts';
import { fanOutOf, isTargetNode } from './nodes/targetKinds.ts';
import { isProbe } from './stepEnds.ts';
import { openTargetStep } from './targetSteps.ts';
import type { Walk } from './walk.ts';

/** Begins an attempt of a node: it ends at once, or has begun when the transaction commits. */
export async function beginStep(walk: Walk, step: Step, node: WorkflowNode): Promise<void> {
  try {
    walk.book.change(step, { ...(await beginNode(walk, step, node)), ...timeoutOf(walk, node) });
  } catch (error) {
    walk.book.change(step, { status: 'FAILED', reason: reasonOf(error) });
    return;
  }
  if (isTargetNode(node)) await beginOnTargets(walk, step, fanOutOf(node));
}

/** Of nodes that wait; tasks have their own. */
function timeoutOf(walk: Walk, node: WorkflowNode): { timeoutAt?: Date } {
  if (node.timeoutSeconds === undefined || isTargetNode(node)) return {};
  const timeoutAt = new Date(walk.now.getTime() + node.timeoutSeconds * 1_000);
  walk.wakeAt(timeoutAt);
  return { timeoutAt };
}

async function beginOnTargets(walk: Walk, step: Step, fanOut: FanOut): Promise<void> {
  // The rows of tasks refer to the step's.
  await walk.book.flush();
  const targets = await targetsOf(walk, step);
  const further = step.attempt > 1 ? { ...fanOut, canary: 0 } : fanOut;
  if (await openTargetStep(walk.execution, step.id, targets, further)) await walk.book.refresh(step);
  else walk.book.change(step, { status: 'SUCCEEDED', reason: 'No target takes part.' });
}

type TargetRow = Omit<FanOutTarget, 'labels'> & { readonly labels: unknown };

/**
 * Who takes part: in a further attempt, those on which the one before did not succeed; in a compensation, those on
 * which there is something to undo; for a failure, those that failed; else all that are still in.
 */
async function targetsOf(walk: Walk, step: Step): Promise<FanOutTarget[]> {
  const { id, unit } = walk.execution;
  const rows = await unit.db.$queryRaw<TargetRow[]>(Prisma.sql`
    select target_id as "targetId", name, position, labels from execution_targets as target
    where execution_id = ${id}::uuid and ${conditionFor(step)}
    order by position`);
  return rows.map((row) => ({ ...row, labels: (row.labels ?? {}) as Record<string, string> }));
}

function conditionFor(step: Step): Prisma.Sql {
  const { key, attempt, role, causeId, isRecovery, executionId } = step;
  if (attempt > 1 && !isProbe(step))
    return Prisma.sql`exists (
      select from tasks join steps on steps.id = tasks.step_id
      where steps.execution_id = ${executionId}::uuid and steps.key = ${key} and steps.attempt = ${attempt - 1}
        and tasks.target_id = target.target_id and tasks.status <> 'SUCCEEDED')`;
  if (role === 'COMPENSATION')
    return Prisma.sql`(${hasNoTasks(causeId)} or exists (
      select from tasks join steps on steps.id = tasks.step_id
        join steps as cause on cause.key = steps.key and cause.execution_id = steps.execution_id
      where cause.id = ${causeId}::uuid and tasks.target_id = target.target_id
        and tasks.status in ('SUCCEEDED', 'UNKNOWN')))`;
  if (role === 'FAILURE_HANDLER')
    return Prisma.sql`(${hasNoTasks(causeId)} or exists (
      select from tasks where tasks.step_id = ${causeId}::uuid and tasks.target_id = target.target_id
        and tasks.status <> 'SUCCEEDED'))`;
  return isRecovery ? Prisma.sql`true` : Prisma.sql`not is_out`;
}

function hasNoTasks(stepId: string | null): Prisma.Sql {
  return Prisma.sql`not exists (select from tasks where step_id = ${stepId}::uuid)`;
}

/** A sentence for people. What is no fault of the workflow is a fault of ours, and ends the transaction. */
export function reasonOf(error: unknown): string {
  if (error instanceof NodeFailed || error instanceof ExpressionFault) return error.message;
  throw error;
}
