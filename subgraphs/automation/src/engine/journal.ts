/**
 * How the executor's news about tasks reaches the database. News of one batch are one transaction under the lock of the
 * execution's row: every one is checked against the fence of its task, so that an executor which lost its lease changes
 * nothing, and every one may be written twice, so that a commit whose answer was lost can be tried again.
 */
import { Prisma } from '../../generated/prisma/client.ts';
import type { OutputStream, TaskStatus } from '../../generated/prisma/enums.ts';
import type { Transact } from '@opsconductor/events';
import { lockExecution } from '../executions/eventLog.ts';
import type { Db, LockedExecution } from '../executions/eventLog.ts';
import { isEnded, mayBecome } from '../executions/transitions.ts';
import { advanceSoon } from './advance.ts';
import { countLines, extendFingerprint } from '../output/fingerprint.ts';
import type { TaskOutcome } from './outcome.ts';
import { isFailedEnd, recordEnds } from './targetSteps.ts';

/** Names one task under one lease. */
export interface TaskLease {
  readonly taskId: string;
  readonly fence: string;
}

export type News = TaskLease &
  (
    | { readonly kind: 'began' }
    /** `index` counts the chunks of the task from 0. */
    | { readonly kind: 'output'; readonly index: number; readonly stream: OutputStream; readonly text: string }
    | { readonly kind: 'ended'; readonly outcome: TaskOutcome }
  );

export interface Written {
  /** For each of the news, whether the database holds it. */
  readonly isAccepted: readonly boolean[];
  /** Somebody wants the execution to stop. */
  readonly isCancelled: boolean;
}

interface TaskRow {
  readonly id: string;
  readonly stepId: string;
  readonly fence: string | null;
  status: TaskStatus;
  outputChunks: number;
  outputLines: number;
  outputBytes: number;
  outputHash: string;
  changes: TaskChanges | undefined;
}

interface TaskChanges {
  startedAt?: Date;
  finishedAt?: Date;
  outcome?: TaskOutcome;
}

export function writeNews(
  transact: Transact<Db>,
  executionId: string,
  news: readonly News[],
  now: Date,
): Promise<Written> {
  return transact(async (unit) => {
    const execution = await lockExecution(unit, executionId, now);
    if (!execution) return { isAccepted: news.map(() => false), isCancelled: true };
    const tasks = await readTasks(unit.db, news);
    const isAccepted = news.map((item) => {
      const task = tasks.get(item.taskId);
      return task?.fence === item.fence && accept(execution, task, item, now);
    });
    await writeTasks(unit.db, [...tasks.values()]);
    await countEnds(execution, [...tasks.values()]);
    await execution.save();
    return { isAccepted, isCancelled: execution.status === 'CANCELLING' || isEnded(execution.status) };
  });
}

/** Has the execution looked at when the last task of a batch has ended. */
async function countEnds(execution: LockedExecution, tasks: readonly TaskRow[]): Promise<void> {
  const ended = tasks.filter(({ changes }) => changes?.outcome);
  let isDue = false;
  for (const [stepId, ofStep] of Map.groupBy(ended, (task) => task.stepId)) {
    const failed = ofStep.filter(({ status }) => isFailedEnd(status)).length;
    if (await recordEnds(execution, stepId, ofStep.length, failed)) isDue = true;
  }
  if (isDue) await advanceSoon(execution);
}

async function readTasks(db: Db, news: readonly News[]): Promise<Map<string, TaskRow>> {
  const rows = await db.task.findMany({
    where: { id: { in: [...new Set(news.map(({ taskId }) => taskId))] } },
    select: {
      ...{ id: true, stepId: true, fence: true, status: true },
      ...{ outputChunks: true, outputLines: true, outputBytes: true, outputHash: true },
    },
  });
  return new Map(rows.map((row) => [row.id, { ...row, changes: undefined }]));
}

/** @returns whether the task's row says, after this, what the news say */
function accept(execution: LockedExecution, task: TaskRow, item: News, now: Date): boolean {
  switch (item.kind) {
    case 'began':
      if (task.status === 'PENDING' && execution.status !== 'PAUSED') {
        become(execution, task, 'RUNNING');
        task.changes = { ...task.changes, startedAt: now };
      }
      return task.status === 'RUNNING';
    case 'output':
      if (task.status === 'RUNNING' && item.index === task.outputChunks) {
        execution.output(task.id, item.stream, item.text, task.outputLines);
        extendOutput(task, item.text);
        task.changes ??= {};
      }
      return item.index < task.outputChunks;
    case 'ended':
      if (mayBecome(task.status, item.outcome.status)) {
        become(execution, task, item.outcome.status);
        task.changes = { ...task.changes, finishedAt: now, outcome: item.outcome };
      }
      return task.status === item.outcome.status;
  }
}

function extendOutput(task: TaskRow, text: string): void {
  const bytes = Buffer.from(text);
  task.outputChunks += 1;
  task.outputLines += countLines(text);
  task.outputBytes += bytes.length;
  task.outputHash = extendFingerprint(task.outputHash, bytes);
}

function become(execution: LockedExecution, task: TaskRow, status: TaskStatus): void {
  task.status = status;
  execution.taskBecame(task.id, status);
}

const TEXT_LENGTH = 1_000;

/** A target has a part in these texts. PostgreSQL takes neither NUL nor half a character, for all of a batch. */
function storable(text: string | undefined): string | undefined {
  return text
    ?.slice(0, TEXT_LENGTH)
    .replace(/\p{Cc}/gu, '\u{FFFD}')
    .toWellFormed();
}

/** All changed tasks in one statement. */
async function writeTasks(db: Db, tasks: readonly TaskRow[]): Promise<void> {
  const rows = tasks.flatMap(({ id, status, outputChunks, outputLines, outputBytes, outputHash, changes }) =>
    changes
      ? [
          {
            id,
            status,
            output_chunks: outputChunks,
            output_lines: outputLines,
            output_bytes: outputBytes,
            output_hash: outputHash,
            started_at: changes.startedAt,
            finished_at: changes.finishedAt,
            exit_code: changes.outcome?.exitCode,
            signal: storable(changes.outcome?.signal),
            reason: storable(changes.outcome?.reason),
            output_truncated: changes.outcome?.outputTruncated ?? false,
            outputs: changes.outcome?.outputs,
          },
        ]
      : [],
  );
  if (rows.length === 0) return;
  await db.$executeRaw(Prisma.sql`
    update tasks set
      status = changed.status::task_status,
      output_chunks = changed.output_chunks,
      output_lines = changed.output_lines,
      output_bytes = changed.output_bytes,
      output_hash = changed.output_hash,
      started_at = coalesce(changed.started_at, tasks.started_at),
      finished_at = changed.finished_at,
      exit_code = changed.exit_code,
      signal = changed.signal,
      reason = changed.reason,
      output_truncated = changed.output_truncated,
      outputs = changed.outputs
    from json_to_recordset(${JSON.stringify(rows)}::json) as changed (
      id uuid, status text, output_chunks int, output_lines int, output_bytes int, output_hash text, started_at timestamptz, finished_at timestamptz,
      exit_code int, signal text, reason text, output_truncated boolean, outputs jsonb
    )
    where tasks.id = changed.id`);
}
