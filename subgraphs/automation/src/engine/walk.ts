/**
 * One look at an execution: what all that follows shares. It lives for one transaction, under the lock of the
 * execution's row.
 */
import type { LockedExecution } from '../executions/eventLog.ts';
import type { Step } from '../../generated/prisma/client.ts';
import type { JobPolicies, Workflow, WorkflowNode } from '../workflows/definition.ts';
import { scopeOf, scopesAround } from './expressions.ts';
import type { Expressions, Scope } from './expressions.ts';
import type { StepBook } from './stepBook.ts';

/** So long may one look take: then it is written, and another one follows. */
const LOOK_LIMIT_MS = 2_000;
/** A timer that comes a little early, because two clocks differ, is set again. */
const EARLY_MS = 2_000;

export interface WalkOptions {
  readonly execution: LockedExecution;
  readonly book: StepBook;
  readonly workflow: Workflow;
  readonly expressions: Expressions;
  readonly inputs: unknown;
  readonly inputHash: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly number: number;
  readonly policies: JobPolicies;
}

export class Walk {
  readonly execution: LockedExecution;
  readonly book: StepBook;
  readonly workflow: Workflow;
  readonly expressions: Expressions;
  /** Of the execution. */
  readonly inputs: unknown;
  /** SHA-256 of what was asked for when it was started, hex. */
  readonly inputHash: string;
  readonly policies: JobPolicies;
  readonly #number: number;
  readonly #endsAt = performance.now() + LOOK_LIMIT_MS;
  readonly #timers = new Set<number>();
  #variables: Readonly<Record<string, unknown>>;
  #isCut = false;

  constructor(options: WalkOptions) {
    const { execution, book, workflow, expressions, inputs, inputHash, variables, number, policies } = options;
    this.execution = execution;
    this.book = book;
    this.workflow = workflow;
    this.expressions = expressions;
    this.inputs = inputs;
    this.inputHash = inputHash;
    this.policies = policies;
    this.#variables = variables;
    this.#number = number;
  }

  get now(): Date {
    return this.execution.now;
  }

  setVariables(values: Readonly<Record<string, unknown>>): void {
    this.#variables = { ...this.#variables, ...values };
    this.execution.set({ variables: this.#variables as never });
  }

  /** Whether there is no time left: what is undone then is done by the next look, which comes at once. */
  isOver(): boolean {
    this.#isCut ||= performance.now() > this.#endsAt;
    return this.#isCut;
  }

  /** Has the execution looked at when the time has come. */
  wakeAt(at: Date): void {
    this.#timers.add(at.getTime());
  }

  /** Whether the time has come; makes sure that another look follows when it is about to. */
  isDue(at: Date | null): boolean {
    if (!at) return false;
    const aheadMs = at.getTime() - this.now.getTime();
    if (aheadMs > 0 && aheadMs < EARLY_MS) this.wakeAt(at);
    return aheadMs <= 0;
  }

  /** What expressions of a node at this place see. */
  scopeAt(scope: string): Scope {
    const around = scopesAround(scope);
    const steps = around.flatMap((each) => this.book.flowOf(each));
    const { id, row } = this.execution;
    const execution = { id, number: this.#number, startedAt: row.startedAt ?? this.now };
    return scopeOf({ inputs: this.inputs, variables: this.#variables, execution }, steps, this.#iterationOf(around));
  }

  #iterationOf(around: readonly string[]): Scope {
    const innermost = around.at(-1) ?? '';
    return innermost === '' ? {} : iterationAt(innermost, (key) => this.book.get(key));
  }

  /** Sends what follows from this look: itself again, and its timers. */
  async save(): Promise<void> {
    await this.book.flush();
    const { unit, id, row } = this.execution;
    if (this.#isCut) unit.enqueue('automation.advance', [{ executionId: id }], row.priority);
    for (const at of this.#timers)
      unit.enqueue('automation.advance', [{ executionId: id }], row.priority, new Date(at));
  }
}

/** The item of the for-each whose iteration a scope is. */
export function iterationAt(scope: string, stepOf: (key: string) => Pick<Step, 'state'> | undefined): Scope {
  const match = /^(.*)\[(\d+)(?:\.\d+)?\]\/$/.exec(scope);
  if (!match) return {};
  const index = Number(match[2]);
  const { items = [] } = (stepOf(match[1] ?? '')?.state ?? {}) as { items?: readonly unknown[] };
  return { item: items[index] ?? null, index };
}

/** The workflow of a scope: of the job, or of the body of a for-each in it. */
export function workflowAt(workflow: Workflow, scope: string): Workflow | undefined {
  return scope
    .split('/')
    .filter(Boolean)
    .reduce<Workflow | undefined>((outer, part) => {
      const node = outer && findNode(outer, part.replace(/\[[\d.]+\]$/, ''));
      return node?.kind === 'forEach' ? node.body : undefined;
    }, workflow);
}

export function findNode({ nodes }: Workflow, id: string): WorkflowNode | undefined {
  return nodes.find((node) => node.id === id);
}
