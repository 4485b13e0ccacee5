/**
 * What a node does when its turn has come, as far as that needs nobody outside: all of it is one transaction with the
 * record that it was done. Nodes that work on targets, or ask somebody, only begin here.
 */
import type { ActionOf, WorkflowNode } from '../../workflows/definition.ts';
import type { Step } from '../../../generated/prisma/client.ts';
import { toText } from '../expressions.ts';
import type { Scope } from '../expressions.ts';
import type { StepPatch } from '../stepBook.ts';
import type { Walk } from '../walk.ts';
import { askForApproval } from './approvalNode.ts';
import { NodeFailed } from './nodeFailed.ts';

/** A for-each over more has to be cut by whoever makes the list. */
const ITEMS_LIMIT = 5_000;
const WAIT_LIMIT_SECONDS = 366 * 24 * 60 * 60;
const TEXT_LIMIT = 20_000;
const LOOK_AFTER_SECONDS = 0.001;

/**
 * @returns what becomes of the step; never PENDING
 * @throws {NodeFailed} and what the expression language throws: the step fails with its message
 */
export async function beginNode(walk: Walk, step: Step, node: WorkflowNode): Promise<StepPatch> {
  const scope = walk.scopeAt(step.scope);
  const evaluate = (expression: string) => walk.expressions.evaluate(expression, scope);
  switch (node.kind) {
    case 'start':
    case 'end':
    case 'parallel':
    case 'join':
      return { status: 'SUCCEEDED' };
    case 'condition':
      return { status: 'SUCCEEDED', branch: String(toBoolean(await evaluate(node.conditionExpression))) };
    case 'switch': {
      const value = String(await evaluate(node.valueExpression));
      return { status: 'SUCCEEDED', branch: node.cases.includes(value) ? value : 'default' };
    }
    case 'setVariables': {
      const values = await evaluateAll(node.variableExpressions, evaluate);
      walk.setVariables(values);
      return { status: 'SUCCEEDED', outputs: { values } as never };
    }
    case 'transform':
      return { status: 'SUCCEEDED', outputs: { values: await evaluateAll(node.outputExpressions, evaluate) } as never };
    case 'assert':
      return assertHolds(walk, node, scope);
    case 'wait':
      return waitFor(walk, toSeconds(await evaluate(node.secondsExpression)));
    case 'waitUntil':
      // With a node of its own it first runs that: the look that follows this one begins it.
      return node.node === undefined ? checkWait(walk, node, scope) : waitFor(walk, LOOK_AFTER_SECONDS);
    case 'forEach':
      if (step.role !== 'FLOW') throw new NodeFailed('A for-each cannot be run for another node.');
      return {
        status: 'RUNNING',
        state: { items: toItems(await evaluate(node.itemsExpression)), results: [] } as never,
      };
    case 'notification':
      return notify(walk, step, node, scope);
    case 'http':
    case 'subJob':
      walk.execution.unit.enqueue('automation.call', [{ stepId: step.id }], walk.execution.row.priority);
      return { status: 'RUNNING' };
    case 'approval':
      return askForApproval(walk, step, { ...node, message: await fill(walk, node.message, scope) });
    case 'command':
    case 'script':
    case 'libraryStep':
    case 'upload':
    case 'download':
    case 'sync':
    case 'templateFile':
      return { status: 'RUNNING', state: { node } as never };
  }
}

/** A look at a wait that goes on: whether its condition holds by now. */
export async function checkWait(walk: Walk, node: ActionOf<'waitUntil'>, scope: Scope): Promise<StepPatch> {
  if (toBoolean(await walk.expressions.evaluate(node.conditionExpression, scope))) return { status: 'SUCCEEDED' };
  return waitFor(walk, Math.max(1, node.everySeconds));
}

function waitFor(walk: Walk, seconds: number): StepPatch {
  if (seconds <= 0) return { status: 'SUCCEEDED' };
  const wakeAt = new Date(walk.now.getTime() + seconds * 1_000);
  walk.wakeAt(wakeAt);
  return { status: 'WAITING', wakeAt };
}

async function assertHolds(walk: Walk, node: ActionOf<'assert'>, scope: Scope): Promise<StepPatch> {
  if (toBoolean(await walk.expressions.evaluate(node.conditionExpression, scope))) return { status: 'SUCCEEDED' };
  throw new NodeFailed(node.message ? await fill(walk, node.message, scope) : 'The asserted condition does not hold.');
}

async function notify(walk: Walk, step: Step, node: ActionOf<'notification'>, scope: Scope): Promise<StepPatch> {
  const [subject, body] = [await fill(walk, node.subject, scope), await fill(walk, node.body, scope)];
  walk.execution.unit.emit({
    type: 'automation.notification.requested',
    actorId: walk.execution.row.startedById,
    subject: { type: 'execution', id: walk.execution.id },
    data: { channel: node.channel, title: subject, body, stepId: step.id },
  });
  return { status: 'SUCCEEDED' };
}

async function fill(walk: Walk, template: string, scope: Scope): Promise<string> {
  return toText(await walk.expressions.fill(template, scope)).slice(0, TEXT_LIMIT);
}

async function evaluateAll(
  expressions: Readonly<Record<string, string>>,
  evaluate: (expression: string) => Promise<unknown>,
): Promise<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  for (const [name, expression] of Object.entries(expressions)) values[name] = await evaluate(expression);
  return values;
}

export function toBoolean(value: unknown): boolean {
  if (typeof value !== 'boolean') throw new NodeFailed('The condition gives neither true nor false.');
  return value;
}

function toSeconds(value: unknown): number {
  const seconds = typeof value === 'string' ? Number(value) : value;
  if (typeof seconds !== 'number' || !(seconds >= 0) || seconds > WAIT_LIMIT_SECONDS)
    throw new NodeFailed('The time to wait is not a number of seconds from 0 to a year.');
  return seconds;
}

function toItems(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new NodeFailed('The items are not a list.');
  if (value.length > ITEMS_LIMIT) throw new NodeFailed(`There are ${value.length} items; at most ${ITEMS_LIMIT} go.`);
  return value;
}
