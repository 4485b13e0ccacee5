import { v7 as newId } from 'uuid';
import { Prisma } from '../../generated/prisma/client.ts';
import type { Step } from '../../generated/prisma/client.ts';
import type { LockedExecution } from '../executions/eventLog.ts';
import { isStepEnded, mayStepBecome } from '../executions/transitions.ts';
import type { WorkflowNode } from '../workflows/definition.ts';

export type StepPatch = Partial<
  Pick<
    Step,
    | 'status'
    | 'branch'
    | 'outputs'
    | 'state'
    | 'reason'
    | 'wakeAt'
    | 'timeoutAt'
    | 'takenEdges'
    | 'isSettled'
    | 'attempt'
  >
>;

export interface NewStep {
  readonly key: string;
  readonly scope: string;
  readonly node: WorkflowNode;
  readonly role: Step['role'];
  readonly causeId: string | null;
  readonly isRecovery: boolean;
  readonly attempt: number;
}

/**
 * The steps of an execution that are still looked at, each by its key with its newest attempt. Changes are made here
 * and written together, so that any number of nodes that need nobody outside cost a few statements.
 */
export class StepBook {
  readonly #execution: LockedExecution;
  readonly #steps = new Map<string, Step>();
  readonly #added = new Set<Step>();
  readonly #changed = new Map<Step, StepPatch>();

  private constructor(execution: LockedExecution, rows: readonly Step[]) {
    this.#execution = execution;
    for (const row of rows) if ((this.#steps.get(row.key)?.attempt ?? 0) < row.attempt) this.#steps.set(row.key, row);
  }

  static async read(execution: LockedExecution): Promise<StepBook> {
    const rows = await execution.unit.db.step.findMany({
      where: { executionId: execution.id, isClosed: false },
      orderBy: { id: 'asc' },
    });
    return new StepBook(execution, rows);
  }

  get(key: string): Step | undefined {
    return this.#steps.get(key);
  }

  all(): Step[] {
    return [...this.#steps.values()];
  }

  /** In the flow of one scope, without its handlers and compensations. */
  flowOf(scope: string): Step[] {
    return this.all().filter((step) => step.scope === scope && step.role === 'FLOW');
  }

  add({ key, scope, node, role, causeId, isRecovery, attempt }: NewStep): Step {
    const { now, id: executionId } = this.#execution;
    const step = {
      ...blank,
      id: newId(),
      executionId,
      key,
      scope,
      nodeId: node.id,
      kind: node.kind,
      role,
      causeId,
      isRecovery,
      attempt,
      createdAt: now,
    } as Step;
    this.#steps.set(key, step);
    this.#added.add(step);
    return step;
  }

  /** @throws when the table does not allow the change of status: a fault of ours */
  change(step: Step, patch: StepPatch): void {
    const { status } = patch;
    const { now } = this.#execution;
    const isNew = this.#added.has(step);
    if (status && status !== step.status) {
      if (!mayStepBecome(step.status, status) && !(isNew && isStepEnded(status)))
        throw new Error(`A step that is ${step.status} cannot become ${status}.`);
      Object.assign(step, {
        ...(step.startedAt === null && status !== 'SKIPPED' && status !== 'PENDING' && { startedAt: now }),
        ...(isStepEnded(status) && { finishedAt: now }),
      });
      this.#execution.stepBecame(step.id, status);
    }
    Object.assign(step, patch);
    if (!isNew) this.#changed.set(step, { ...this.#changed.get(step), ...patch });
  }

  /** Writes what was changed so far. */
  async flush(): Promise<void> {
    const { db } = this.#execution.unit;
    if (this.#added.size > 0) await db.step.createMany({ data: [...this.#added].map(toRow) });
    this.#added.clear();
    for (const [step, patch] of this.#changed) {
      const { startedAt, finishedAt } = step;
      const data = { ...toColumns(patch), startedAt, finishedAt } as Prisma.StepUpdateInput;
      await db.step.update({ where: { id: step.id }, data, select: { id: true } });
    }
    this.#changed.clear();
  }

  /** Reads again what was changed by statements beside the book. */
  async refresh(step: Step): Promise<void> {
    await this.flush();
    Object.assign(step, await this.#execution.unit.db.step.findUniqueOrThrow({ where: { id: step.id } }));
  }

  /** Forgets a scope that has ended, here and for later looks. */
  async close(scope: string): Promise<void> {
    await this.flush();
    const { unit, id } = this.#execution;
    await unit.db.$executeRaw(Prisma.sql`
      update steps set is_closed = true where execution_id = ${id}::uuid and starts_with(scope, ${scope})`);
    for (const [key, step] of this.#steps) if (step.scope.startsWith(scope)) this.#steps.delete(key);
  }
}

const blank = {
  status: 'PENDING',
  branch: null,
  takenEdges: [],
  isSettled: false,
  isClosed: false,
  outputs: null,
  state: null,
  reason: null,
  wakeAt: null,
  timeoutAt: null,
  remaining: 0,
  failed: 0,
  batchFailed: 0,
  batch: 0,
  batches: 0,
  lanes: 1,
  width: 50,
  failureLimit: null,
  batchLimit: null,
  isHalted: false,
  startedAt: null,
  finishedAt: null,
} satisfies Partial<Step>;

function toRow(step: Step): Prisma.StepCreateManyInput {
  return { ...step, ...toColumns(step) } as Prisma.StepCreateManyInput;
}

/** Prisma spells an absent JSON value in its own way. */
function toColumns<Columns extends StepPatch>(columns: Columns): Columns {
  const json = Object.fromEntries(
    (['outputs', 'state'] as const).flatMap((name) => (columns[name] === null ? [[name, Prisma.DbNull]] : [])),
  );
  return { ...columns, ...json };
}
