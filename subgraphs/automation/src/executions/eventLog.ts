/**
 * The event log of an execution: one sequence, from 1, without gaps, shared by status changes and output. Whoever
 * appends holds the lock of the execution's row, so that the order of the log is the order of the commits.
 */
import type { ExecutionStatus, OutputStream, TaskStatus } from '../../generated/prisma/enums.ts';
import type { Prisma } from '../../generated/prisma/client.ts';
import type { Unit } from '@opsconductor/events';
import { concludeExecution, isEnded, mayExecutionBecome } from './transitions.ts';

export type Db = Prisma.TransactionClient;

export const executionTopic = (id: string): string => `execution.${id}`;
export const executionEventsTopic = (id: string): string => `execution.${id}.events`;
/** Wakes executors that run tasks of the execution: somebody has cancelled it. */
export const executionCancelTopic = (id: string): string => `execution.${id}.cancel`;
export const EXECUTIONS_TOPIC = 'executions';

/** An execution whose row this transaction has locked. Changes are gathered and written by {@link save}. */
export class LockedExecution {
  readonly id: string;
  readonly #unit: Unit<Db>;
  readonly #now: Date;
  #status: ExecutionStatus;
  #lastSequence: number;
  #remainingTasks: number;
  readonly #startedById: string;
  readonly #events: Prisma.ExecutionEventCreateManyInput[] = [];
  readonly #chunks: Prisma.OutputChunkCreateManyInput[] = [];
  #changes: Prisma.ExecutionUpdateInput = {};

  constructor(unit: Unit<Db>, now: Date, row: LockedRow) {
    this.#unit = unit;
    this.#now = now;
    this.id = row.id;
    this.#status = row.status;
    this.#lastSequence = row.last_sequence;
    this.#remainingTasks = row.remaining_tasks;
    this.#startedById = row.started_by_id;
  }

  get status(): ExecutionStatus {
    return this.#status;
  }

  /** @throws when the table does not allow the change: a fault of ours */
  become(status: ExecutionStatus): void {
    if (!mayExecutionBecome(this.#status, status))
      throw new Error(`An execution that is ${this.#status} cannot become ${status}.`);
    this.#status = status;
    this.#changes = {
      ...this.#changes,
      status,
      ...(status === 'RUNNING' && { startedAt: this.#now }),
      ...(isEnded(status) && { finishedAt: this.#now }),
    };
    this.#events.push({ ...this.#next(), executionStatus: status });
  }

  taskBecame(taskId: string, status: TaskStatus): void {
    this.#events.push({ ...this.#next(), taskId, taskStatus: status });
  }

  tasksEnded(count: number): void {
    this.#remainingTasks -= count;
  }

  output(taskId: string, stream: OutputStream, text: string): void {
    this.#chunks.push({ ...this.#next(), taskId, stream, text });
  }

  /** Ends the execution when its last task has ended, writes what was gathered and wakes who watches. */
  async save(): Promise<void> {
    const { db } = this.#unit;
    if (this.#remainingTasks === 0 && !isEnded(this.#status)) await this.#conclude();
    if (this.#events.length > 0) await db.executionEvent.createMany({ data: this.#events });
    if (this.#chunks.length > 0) await db.outputChunk.createMany({ data: this.#chunks });
    await db.execution.update({
      where: { id: this.id },
      data: { ...this.#changes, lastSequence: this.#lastSequence, remainingTasks: this.#remainingTasks },
      select: { id: true },
    });
    this.#wake();
  }

  async #conclude(): Promise<void> {
    const groups = await this.#unit.db.task.groupBy({
      by: ['status'],
      where: { executionId: this.id },
      _count: { _all: true },
    });
    const counts = Object.fromEntries(groups.map(({ status, _count }) => [status, _count._all]));
    this.become(concludeExecution(counts, this.#status === 'CANCELLING'));
    this.#unit.emit({
      type: 'automation.execution.finished',
      actorId: null,
      subject: { type: 'execution', id: this.id },
      data: { status: this.#status, startedById: this.#startedById, ...counts },
    });
  }

  #next(): { executionId: string; sequence: number; occurredAt: Date } {
    this.#lastSequence += 1;
    return { executionId: this.id, sequence: this.#lastSequence, occurredAt: this.#now };
  }

  #wake(): void {
    if (this.#events.length + this.#chunks.length > 0) this.#unit.wake(executionEventsTopic(this.id));
    if (this.#events.length > 0) {
      this.#unit.wake(executionTopic(this.id));
      this.#unit.wake(EXECUTIONS_TOPIC);
    }
  }
}

interface LockedRow {
  readonly id: string;
  readonly status: ExecutionStatus;
  readonly last_sequence: number;
  readonly remaining_tasks: number;
  readonly started_by_id: string;
}

/** Locks an execution's row until the transaction ends. @returns undefined when there is none with this id */
export async function lockExecution(unit: Unit<Db>, id: string, now: Date): Promise<LockedExecution | undefined> {
  const [row] = await unit.db.$queryRaw<LockedRow[]>`
    select id, status::text as status, last_sequence, remaining_tasks, started_by_id
    from executions where id = ${id}::uuid for update`;
  return row && new LockedExecution(unit, now, row);
}
