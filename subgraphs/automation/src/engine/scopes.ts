/**
 * How the nodes of a scope follow each other: the workflow itself, or one iteration of a for-each. Looks at every step
 * that is not settled, then begins what is ready, until nothing moves.
 */
import type { Step } from '../../generated/prisma/client.ts';
import type { ActionOf, NodeSettings, Workflow, WorkflowNode } from '../workflows/definition.ts';
import { nextNodes } from './graph/nextNodes.ts';
import type { StepFacts } from './graph/nextNodes.ts';
import { lookAtStep } from './lookAtStep.ts';
import { countsAsFailed, isProbe } from './stepEnds.ts';
import { beginStep } from './steps.ts';
import type { StepPatch } from './stepBook.ts';
import type { Walk } from './walk.ts';

/** What has become of a scope. */
export type ScopeEnd = 'running' | 'succeeded' | 'failed' | 'unknown';

/** @param isStopping nothing begins any more but what is there for a failure, because the scope around it fails */
export async function walkScope(walk: Walk, scope: string, workflow: Workflow, isStopping: boolean): Promise<ScopeEnd> {
  for (let hasMoved = true; hasMoved;) {
    if (walk.isOver()) return 'running';
    hasMoved = false;
    const isFailing = isStopping || failuresIn(walk, scope, workflow).length > 0;
    for (const step of walk.book.flowOf(scope)) {
      const node = workflow.nodes.find(({ id }) => id === step.nodeId);
      if (!step.isSettled && node && (await look(walk, workflow, step, node, isFailing))) hasMoved = true;
    }
    if (await beginNext(walk, scope, workflow, isStopping)) hasMoved = true;
  }
  const steps = walk.book.flowOf(scope);
  if (steps.some(({ isSettled }) => !isSettled)) return 'running';
  const failures = failuresIn(walk, scope, workflow);
  if (failures.length === 0) return isStopping ? 'failed' : 'succeeded';
  return failures.every(({ status }) => status === 'UNKNOWN') ? 'unknown' : 'failed';
}

async function look(
  walk: Walk,
  workflow: Workflow,
  step: Step,
  node: WorkflowNode,
  isFailing: boolean,
): Promise<boolean> {
  if (node.kind === 'forEach' && step.status === 'RUNNING') await walkIterations(walk, step, node, isFailing);
  return lookAtStep(walk, workflow, step, node);
}

async function beginNext(walk: Walk, scope: string, workflow: Workflow, isStopping: boolean): Promise<boolean> {
  const { book } = walk;
  const facts = new Map(book.flowOf(scope).map((step) => [step.nodeId, factsOf(step)]));
  const isFailing = isStopping || failuresIn(walk, scope, workflow).length > 0;
  const { ready, dead, starved } = nextNodes(workflow, facts, isFailing);
  const newStep = (node: WorkflowNode, isRecovery: boolean) =>
    book.add({ key: `${scope}${node.id}`, scope, node, role: 'FLOW', causeId: null, isRecovery, attempt: 1 });
  for (const node of dead) book.change(newStep(node, false), { status: 'SKIPPED', isSettled: true });
  for (const node of starved)
    book.change(newStep(node, false), {
      status: 'FAILED',
      isSettled: true,
      reason: 'Fewer branches have arrived than the join needs.',
    });
  for (const { node, isRecovery } of ready) await beginStep(walk, newStep(node, isRecovery), node);
  return ready.length + dead.length + starved.length > 0;
}

function factsOf(step: Step): StepFacts {
  const { isSettled, isRecovery, takenEdges } = step;
  return { isSettled, isRecovery, takenEdges, hasFailed: countsAsFailed(step) };
}

/** Steps whose failure counts as the scope's. */
function failuresIn(walk: Walk, scope: string, workflow: Workflow): Step[] {
  const tolerant = new Set(workflow.nodes.filter(({ continueOnError }) => continueOnError).map(({ id }) => id));
  return walk.book
    .flowOf(scope)
    .filter((step) => step.isSettled && countsAsFailed(step) && !isProbe(step) && !tolerant.has(step.nodeId));
}

interface Iterations {
  readonly items: readonly unknown[];
  /** By index: null while it runs, and no entry before it begins. */
  readonly results: (ScopeEnd | null)[];
}

/** Walks through what is open and begins further iterations, in order, as far as the node's concurrency goes. */
async function walkIterations(
  walk: Walk,
  step: Step,
  node: NodeSettings & ActionOf<'forEach'>,
  isStopping: boolean,
): Promise<void> {
  const { items, results: earlier } = step.state as unknown as Iterations;
  const results = [...earlier];
  const mayGoOn = () => !isStopping && (node.continueOnError === true || !results.some(isLost));
  const walkOne = async (index: number) => {
    const scope = iterationScope(step, index);
    const end = await walkScope(walk, scope, node.body, isStopping);
    results[index] = end === 'running' ? null : end;
    if (end !== 'running') await walk.book.close(scope);
  };
  for (const [index, result] of results.entries()) if (result === null && !walk.isOver()) await walkOne(index);
  const isFree = () => results.filter((result) => result === null).length < Math.max(1, node.concurrency ?? 1);
  while (results.length < items.length && mayGoOn() && isFree() && !walk.isOver()) {
    const index = results.length;
    results.push(null);
    // Its steps are found again by the state: what is begun here is known there.
    walk.book.change(step, { state: { items, results: [...results] } as never });
    await walkOne(index);
  }
  walk.book.change(step, { state: { items, results } as never });
  const isOpen = results.includes(null) || (results.length < items.length && mayGoOn());
  if (!isOpen) walk.book.change(step, endOf(items.length, results));
}

/** Further attempts have scopes of their own. */
function iterationScope({ key, attempt }: Step, index: number): string {
  return attempt === 1 ? `${key}[${index}]/` : `${key}[${index}.${attempt}]/`;
}

function endOf(count: number, results: readonly (ScopeEnd | null)[]): StepPatch {
  const lost = results.filter(isLost);
  const values = { count, succeeded: results.filter((result) => result === 'succeeded').length, failed: lost.length };
  const outputs = { values } as StepPatch['outputs'] & object;
  if (lost.length === 0) return { status: results.length === count ? 'SUCCEEDED' : 'CANCELLED', outputs };
  const reason = `${lost.length} of ${results.length} iterations failed.`;
  return { status: lost.includes('failed') ? 'FAILED' : 'UNKNOWN', outputs, reason };
}

function isLost(result: ScopeEnd | null): boolean {
  return result === 'failed' || result === 'unknown';
}
