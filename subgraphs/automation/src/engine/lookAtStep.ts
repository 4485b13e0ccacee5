/**
 * What has become of one step, and what follows from that for itself: another attempt, the node that makes up for its
 * failure, the edges that are followed from it.
 */
import type { Step } from '../../generated/prisma/client.ts';
import type { TaskStatus } from '../../generated/prisma/enums.ts';
import { failedTaskEnds, isEnded, isStepEnded } from '../executions/transitions.ts';
import type { ActionOf, Edge, RetriableEnd, Retry, Workflow, WorkflowNode } from '../workflows/definition.ts';
import { followApproval } from './nodes/approvalNode.ts';
import { checkWait, toBoolean } from './nodes/beginNode.ts';
import { fanOutOf, isTargetNode } from './nodes/targetKinds.ts';
import { hasFailed, isProbe } from './stepEnds.ts';
import { beginStep, reasonOf } from './steps.ts';
import { endBatch } from './targetSteps.ts';
import { findNode } from './walk.ts';
import type { Walk } from './walk.ts';

/** @returns whether the step is settled now: then what comes behind it may be ready */
export async function lookAtStep(walk: Walk, workflow: Workflow, step: Step, node: WorkflowNode): Promise<boolean> {
  await followStep(walk, workflow, step, node);
  const latest = walk.book.get(step.key) ?? step;
  if (!isStepEnded(latest.status)) return false;
  const next = await tryAgain(walk, latest, node);
  if (next) return isStepEnded(next.status) ? lookAtStep(walk, workflow, next, node) : false;
  if (latest.role === 'FLOW' && !(await hasBeenMadeUpFor(walk, workflow, latest, node))) return false;
  const takenEdges = latest.role === 'FLOW' ? await decideEdges(walk, workflow, latest) : [];
  walk.book.change(latest, { takenEdges, isSettled: true });
  return true;
}

/** Ends a step whose end has come. */
async function followStep(walk: Walk, workflow: Workflow, step: Step, node: WorkflowNode): Promise<void> {
  if (isStepEnded(step.status)) return;
  if (step.status === 'PENDING') {
    if (walk.isDue(step.wakeAt)) await beginStep(walk, step, node);
    return;
  }
  if (isTargetNode(node)) {
    if (step.remaining > 0) return;
    await walk.book.flush();
    const end = await endBatch(walk.execution, step, fanOutOf(node));
    if (end) walk.book.change(step, { ...end, outputs: (end.outputs ?? null) as never });
    else await walk.book.refresh(step);
    return;
  }
  if (walk.isDue(step.timeoutAt)) {
    walk.book.change(step, { status: 'TIMED_OUT', reason: 'The time limit of the node was reached.' });
    return;
  }
  try {
    await followWait(walk, workflow, step, node);
  } catch (error) {
    walk.book.change(step, { status: 'FAILED', reason: reasonOf(error) });
  }
}

async function followWait(walk: Walk, workflow: Workflow, step: Step, node: WorkflowNode): Promise<void> {
  if (node.kind === 'wait' && walk.isDue(step.wakeAt)) walk.book.change(step, { status: 'SUCCEEDED' });
  if (node.kind === 'waitUntil' && (await hasProbed(walk, workflow, step, node)))
    walk.book.change(step, await checkWait(walk, node, walk.scopeAt(step.scope)));
  if (node.kind === 'subJob') await followChild(walk, step);
  if (node.kind === 'approval') {
    const patch = await followApproval(walk, step, node, workflow);
    if (patch) walk.book.change(step, patch);
  }
}

/**
 * Whether the time of a look has come, and the node that is run before each look has been.
 * The probe of the last look has its number in the step's state.
 */
async function hasProbed(walk: Walk, workflow: Workflow, step: Step, wait: ActionOf<'waitUntil'>): Promise<boolean> {
  if (!walk.isDue(step.wakeAt)) return false;
  const node = wait.node === undefined ? undefined : findNode(workflow, wait.node);
  if (!node) return true;
  const key = `${step.key}?${node.id}`;
  const { scope, id: causeId, isRecovery } = step;
  const { seen = 0 } = (step.state ?? {}) as { seen?: number };
  let probe = walk.book.get(key);
  if (!probe || probe.attempt === seen) {
    probe = walk.book.add({ key, scope, node, role: 'FLOW', causeId, isRecovery, attempt: seen + 1 });
    await beginStep(walk, probe, node);
  }
  if (!probe.isSettled && !(await lookAtStep(walk, workflow, probe, node))) return false;
  walk.book.change(step, { state: { seen: probe.attempt } });
  return true;
}

/** A step that started another execution ends as that one did. */
async function followChild(walk: Walk, step: Step): Promise<void> {
  const child = await walk.execution.unit.db.execution.findFirst({
    where: { parentStepId: step.id },
    select: { id: true, status: true, variables: true },
  });
  if (!child || !isEnded(child.status)) return;
  const status = child.status as 'SUCCEEDED' | 'FAILED' | 'CANCELLED' | 'UNKNOWN';
  const values = { executionId: child.id, status, vars: child.variables };
  const reason = status === 'SUCCEEDED' ? null : `The execution that this step started ended as ${status}.`;
  walk.book.change(step, { status, reason, outputs: { values } });
}

/** @returns the next attempt, if one follows: it waits for its time, or has begun */
async function tryAgain(walk: Walk, step: Step, node: WorkflowNode): Promise<Step | undefined> {
  if (isProbe(step)) return undefined;
  if (isContinued(step)) return beginAttempt(walk, step, node, 0);
  const { retry } = node;
  if (!retry || step.attempt > retry.limit || !hasFailed(step) || walk.execution.status === 'CANCELLING')
    return undefined;
  if (!(await mayTryAgain(walk, step, retry.on ?? ['FAILED', 'TIMED_OUT', 'UNREACHABLE']))) return undefined;
  return beginAttempt(walk, step, node, delayOf(retry, step.attempt));
}

/** It failed in the execution that this one continues: that is where it goes on. */
function isContinued({ state }: Step): boolean {
  return (state as { isContinued?: boolean } | null)?.isContinued === true;
}

async function beginAttempt(walk: Walk, step: Step, node: WorkflowNode, delaySeconds: number): Promise<Step> {
  const { key, scope, role, causeId, isRecovery, attempt } = step;
  const next = walk.book.add({ key, scope, node, role, causeId, isRecovery, attempt: attempt + 1 });
  if (delaySeconds === 0) {
    await beginStep(walk, next, node);
    return next;
  }
  const wakeAt = new Date(walk.now.getTime() + delaySeconds * 1_000);
  walk.wakeAt(wakeAt);
  walk.book.change(next, { wakeAt });
  return next;
}

/** Only when everything that failed may be tried again: else a later success would hide what is not known. */
async function mayTryAgain(walk: Walk, step: Step, on: readonly RetriableEnd[]): Promise<boolean> {
  const failed = await walk.execution.unit.db.task.groupBy({
    by: ['status'],
    where: { stepId: step.id, status: { in: [...failedTaskEnds] } },
  });
  const isTriedAgain = (status: string) => (on as readonly string[]).includes(status);
  if (failed.length === 0) return isTriedAgain(step.status);
  return failed.every(({ status }: { status: TaskStatus }) => isTriedAgain(status));
}

function delayOf({ delaySeconds, backoffFactor = 1, maxDelaySeconds = 24 * 60 * 60 }: Retry, attempt: number): number {
  return Math.min(delaySeconds * backoffFactor ** (attempt - 1), maxDelaySeconds);
}

/** Runs the node that makes up for a failure. @returns whether there is none, or it has ended */
async function hasBeenMadeUpFor(walk: Walk, workflow: Workflow, step: Step, node: WorkflowNode): Promise<boolean> {
  const handler = node.onFailure === undefined ? undefined : findNode(workflow, node.onFailure);
  if (!handler || !hasFailed(step) || walk.execution.status === 'CANCELLING') return true;
  const key = `${step.key}!${handler.id}`;
  const { scope, id: causeId } = step;
  let run = walk.book.get(key);
  if (!run) {
    run = walk.book.add({ key, scope, node: handler, role: 'FAILURE_HANDLER', causeId, isRecovery: true, attempt: 1 });
    await beginStep(walk, run, handler);
  }
  return run.isSettled || lookAtStep(walk, workflow, run, handler);
}

/** Which edges are followed from a step that has ended; decided once, because what expressions see changes. */
async function decideEdges(walk: Walk, workflow: Workflow, step: Step): Promise<number[]> {
  const taken: number[] = [];
  for (const [index, edge] of workflow.edges.entries())
    if (edge.from === step.nodeId && (await isTaken(walk, step, edge))) taken.push(index);
  return taken;
}

async function isTaken(walk: Walk, step: Step, edge: Edge): Promise<boolean> {
  if (edge.branch !== undefined && edge.branch !== step.branch) return false;
  switch (edge.on) {
    case 'success':
      return step.status === 'SUCCEEDED';
    case 'failure':
      return hasFailed(step);
    case 'always':
      return true;
    case 'expression':
      try {
        return toBoolean(await walk.expressions.evaluate(edge.whenExpression ?? 'false', walk.scopeAt(step.scope)));
      } catch (error) {
        // Neither way is right when nobody can say which: the step that asked has failed.
        const reason = `The expression of the edge to ${edge.to}: ${reasonOf(error)}`;
        walk.book.change(step, { reason, state: { ...(step.state as object | null), hasEdgeFault: true } });
        return false;
      }
  }
}
