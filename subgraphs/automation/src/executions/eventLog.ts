/**
 * The event log of an execution: one sequence, from 1, without gaps, shared by status changes and output. Whoever
 * appends holds the lock of the execution's row, so that the order of the log is the order of the commits.
 */
import type {
  ExecutionKind,
  ExecutionStatus,
  OutputStream,
  StepStatus,
  TaskStatus,
} from '../../generated/prisma/enums.ts';
import type { Prisma } from '../../generated/prisma/client.ts';
import type { Unit } from '@opsconductor/events';
import { isEnded, mayExecutionBecome } from './transitions.ts';

export type Db = Prisma.TransactionClient;

export const executionTopic = (id: string): string => `execution.${id}`;
export const executionEventsTopic = (id: string): string => `execution.${id}.events`;
/** Wakes executors that run tasks of the execution: somebody has cancelled it. */
export const executionCancelTopic = (id: string): string => `execution.${id}.cancel`;
export const stepTopic = (id: string): string => `step.${id}`;
export const EXECUTIONS_TOPIC = 'executions';

/** An execution whose row this transaction has locked. Changes are gathered and written by {@link save}. */
export class LockedExecution {
  readonly unit: Unit<Db>;
  readonly now: Date;
  /** As it was when it was locked; {@link status} is as it will be. */
  readonly row: LockedRow;
  #status: ExecutionStatus;
  #lastSequence: number;
  readonly #events: Prisma.ExecutionEventCreateManyInput[] = [];
  readonly #chunks: Prisma.OutputChunkCreateManyInput[] = [];
  #changes: Prisma.ExecutionUpdateInput = {};

  constructor(unit: Unit<Db>, now: Date, row: LockedRow) {
    this.unit = unit;
    this.now = now;
    this.row = row;
    this.#status = row.status;
    this.#lastSequence = row.lastSequence;
  }

  get id(): string {
    return this.row.id;
  }

  get status(): ExecutionStatus {
    return this.#status;
  }

  /** Why it ends as it does. */
  get reason(): string | null {
    return typeof this.#changes.reason === 'string' ? this.#changes.reason : this.row.reason;
  }

  /** @throws when the table does not allow the change: a fault of ours */
  become(status: ExecutionStatus): void {
    if (!mayExecutionBecome(this.#status, status))
      throw new Error(`An execution that is ${this.#status} cannot become ${status}.`);
    this.#status = status;
    this.#changes = {
      ...this.#changes,
      status,
      ...(status === 'RUNNING' && !this.row.startedAt && { startedAt: this.now }),
      ...(isEnded(status) && { finishedAt: this.now }),
    };
    this.#events.push({ ...this.#next(), executionStatus: status });
  }

  taskBecame(taskId: string, status: TaskStatus): void {
    this.#events.push({ ...this.#next(), taskId, taskStatus: status });
  }

  stepBecame(stepId: string, status: StepStatus): void {
    // The only step of an ad-hoc command has no news of its own: it is the execution.
    if (this.row.kind === 'JOB') this.#events.push({ ...this.#next(), stepId, stepStatus: status });
  }

  /** Further columns to write with {@link save}. */
  set(changes: Prisma.ExecutionUpdateInput): void {
    this.#changes = { ...this.#changes, ...changes };
  }

  /** @param firstLine line ends in the task's output before this */
  output(taskId: string, stream: OutputStream, text: string, firstLine: number): void {
    this.#chunks.push({ ...this.#next(), taskId, stream, text, firstLine });
  }

  /** Writes what was gathered and wakes who watches. Once, at the end of the transaction. */
  async save(): Promise<void> {
    const { db } = this.unit;
    if (this.#events.length > 0) await db.executionEvent.createMany({ data: this.#events });
    if (this.#chunks.length > 0) await db.outputChunk.createMany({ data: this.#chunks });
    await db.execution.update({
      where: { id: this.id },
      data: { ...this.#changes, lastSequence: this.#lastSequence },
      select: { id: true },
    });
    this.#wake();
  }

  #next(): { executionId: string; sequence: number; occurredAt: Date } {
    this.#lastSequence += 1;
    return { executionId: this.id, sequence: this.#lastSequence, occurredAt: this.now };
  }

  #wake(): void {
    if (this.#events.length + this.#chunks.length > 0) this.unit.wake(executionEventsTopic(this.id));
    if (this.#events.length > 0) {
      this.unit.wake(executionTopic(this.id));
      this.unit.wake(EXECUTIONS_TOPIC);
    }
    for (const { stepId } of this.#events) if (stepId) this.unit.wake(stepTopic(stepId));
  }
}

export interface LockedRow {
  readonly id: string;
  readonly kind: ExecutionKind;
  readonly status: ExecutionStatus;
  readonly endsAs: ExecutionStatus | null;
  readonly lastSequence: number;
  readonly startedAt: Date | null;
  readonly startedById: string;
  readonly priority: number;
  readonly executorLabel: string | null;
  readonly jobId: string | null;
  readonly parentStepId: string | null;
  readonly reason: string | null;
  readonly deadlineAt: Date | null;
}

/** Locks an execution's row until the transaction ends. @returns undefined when there is none with this id */
export async function lockExecution(unit: Unit<Db>, id: string, now: Date): Promise<LockedExecution | undefined> {
  const [row] = await unit.db.$queryRaw<LockedRow[]>`
    select id, kind::text as kind, status::text as status, ends_as::text as "endsAs", last_sequence as "lastSequence",
      started_at as "startedAt", started_by_id as "startedById", priority, executor_label as "executorLabel",
      job_id as "jobId", parent_step_id as "parentStepId", reason,
      deadline_at as "deadlineAt"
    from executions where id = ${id}::uuid for update`;
  return row && new LockedExecution(unit, now, row);
}
