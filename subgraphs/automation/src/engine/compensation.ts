/**
 * Undoing what was done (saga): when an execution fails or is cancelled, the nodes that undo the ones that succeeded are
 * run one after the other, in reverse order of their ends. One that fails is recorded, and the others are run all the same.
 */
import { Prisma } from '../../generated/prisma/client.ts';
import type { Step } from '../../generated/prisma/client.ts';
import type { WorkflowNode } from '../workflows/definition.ts';
import { lookAtStep } from './lookAtStep.ts';
import { beginStep } from './steps.ts';
import { findNode, workflowAt } from './walk.ts';
import type { Walk } from './walk.ts';

/** @returns whether there is something to undo that has not been */
export async function hasCompensations(walk: Walk): Promise<boolean> {
  return (await listUndone(walk)).length > 0;
}

/** Goes on with the one that runs, and begins the next ones for as long as they end at once. @returns whether all are done */
export async function walkCompensations(walk: Walk): Promise<boolean> {
  for (;;) {
    if (walk.isOver()) return false;
    const running = walk.book.all().find(({ role, isSettled }) => role === 'COMPENSATION' && !isSettled);
    if (running) {
      const workflow = workflowAt(walk.workflow, running.scope);
      const node = workflow && findNode(workflow, running.nodeId);
      if (!node || !(await lookAtStep(walk, workflow, running, node))) return false;
      continue;
    }
    await walk.book.flush();
    const [next] = await listUndone(walk);
    if (!next) return true;
    const { step, node, key } = next;
    const { id: causeId, scope } = step;
    const undo = walk.book.add({ key, scope, node, role: 'COMPENSATION', causeId, isRecovery: true, attempt: 1 });
    await beginStep(walk, undo, node);
  }
}

interface Undone {
  readonly step: Step;
  readonly node: WorkflowNode;
  readonly key: string;
}

/** Newest end first; each is there once, with its last attempt. */
async function listUndone(walk: Walk): Promise<Undone[]> {
  const { db } = walk.execution.unit;
  const rows = await db.step.findMany({
    where: { executionId: walk.execution.id, role: { not: 'FAILURE_HANDLER' }, startedAt: { not: null } },
    orderBy: [{ finishedAt: 'desc' }, { id: 'desc' }],
  });
  const compensated = new Set(rows.filter(({ role }) => role === 'COMPENSATION').map(({ key }) => key));
  const withWork = await stepsWithWork(walk);
  const seen = new Set<string>();
  return rows.flatMap((step) => {
    if (step.role !== 'FLOW' || seen.has(step.key)) return [];
    const workflow = workflowAt(walk.workflow, step.scope);
    const done = workflow && findNode(workflow, step.nodeId);
    const node = workflow && done?.compensateWith !== undefined ? findNode(workflow, done.compensateWith) : undefined;
    if (!node || !(step.status === 'SUCCEEDED' || withWork.has(step.id))) return [];
    seen.add(step.key);
    const key = `${step.key}~${node.id}`;
    return compensated.has(key) ? [] : [{ step, node, key }];
  });
}

/** Steps that failed as a whole and yet did something on some target. */
async function stepsWithWork({ execution }: Walk): Promise<Set<string>> {
  const rows = await execution.unit.db.$queryRaw<{ id: string }[]>(Prisma.sql`
    select distinct step_id as id from tasks
    where execution_id = ${execution.id}::uuid and status in ('SUCCEEDED', 'UNKNOWN')`);
  return new Set(rows.map(({ id }) => id));
}
