import DataLoader from 'dataloader';
import { Prisma } from '../../generated/prisma/client.ts';
import type { Execution, PrismaClient, Step, Task } from '../../generated/prisma/client.ts';
import type { TaskStatus } from '../../generated/prisma/enums.ts';

export type TaskCounts = Readonly<Partial<Record<TaskStatus, number>>>;

/** One DataLoader per key shape, for one request: any number of keys is one statement. */
export interface Loaders {
  readonly execution: DataLoader<string, Execution | null>;
  readonly task: DataLoader<string, Task | null>;
  readonly step: DataLoader<string, Step | null>;
  /** Tasks of a step by status. */
  readonly stepCounts: DataLoader<string, TaskCounts>;
  /** Tasks of an execution by status. */
  readonly taskCounts: DataLoader<string, TaskCounts>;
  /** Id of the newest execution with a task on a target. */
  readonly lastExecutionId: DataLoader<string, string | null>;
  /** The last output of a task. */
  readonly outputTail: DataLoader<OutputTailKey, string, string>;
}

export interface OutputTailKey {
  readonly taskId: string;
  readonly lastBytes: number;
}

export function createLoaders(prisma: PrismaClient): Loaders {
  return {
    execution: byId((ids) => prisma.execution.findMany({ where: { id: { in: ids } } })),
    task: byId((ids) => prisma.task.findMany({ where: { id: { in: ids } } })),
    step: byId((ids) => prisma.step.findMany({ where: { id: { in: ids } } })),
    stepCounts: new DataLoader((ids) => countTasks(prisma, 'stepId', ids)),
    taskCounts: new DataLoader((ids) => countTasks(prisma, 'executionId', ids)),
    lastExecutionId: new DataLoader((ids) => findLastExecutionIds(prisma, ids)),
    outputTail: new DataLoader((keys) => readOutputTails(prisma, keys), {
      cacheKeyFn: ({ taskId, lastBytes }) => `${taskId} ${lastBytes}`,
    }),
  };
}

function byId<Row extends { id: string }>(read: (ids: string[]) => Promise<Row[]>): DataLoader<string, Row | null> {
  return new DataLoader(async (ids) => {
    const rows = new Map((await read([...ids])).map((row) => [row.id, row]));
    return ids.map((id) => rows.get(id) ?? null);
  });
}

async function countTasks(
  prisma: PrismaClient,
  by: 'executionId' | 'stepId',
  ids: readonly string[],
): Promise<TaskCounts[]> {
  const groups = await prisma.task.groupBy({
    by: [by, 'status'],
    where: { [by]: { in: [...ids] } },
    _count: { _all: true },
  });
  const counts = new Map<string, Partial<Record<TaskStatus, number>>>(ids.map((id) => [id, {}]));
  for (const group of groups) (counts.get(group[by]) ?? {})[group.status] = group._count._all;
  return ids.map((id) => counts.get(id) ?? {});
}

async function findLastExecutionIds(prisma: PrismaClient, targetIds: readonly string[]): Promise<(string | null)[]> {
  // One index look-up per target; DISTINCT ON would read every task of each. Execution ids grow with time (UUIDv7).
  const rows = await prisma.$queryRaw<{ target_id: string; execution_id: string }[]>`
    select wanted.target_id, latest.execution_id
    from unnest(${[...targetIds]}::uuid[]) as wanted (target_id)
    cross join lateral (
      select execution_id from tasks where tasks.target_id = wanted.target_id order by execution_id desc limit 1
    ) as latest`;
  const byTarget = new Map(rows.map((row) => [row.target_id, row.execution_id]));
  return targetIds.map((id) => byTarget.get(id) ?? null);
}

async function readOutputTails(prisma: PrismaClient, keys: readonly OutputTailKey[]): Promise<string[]> {
  // The chunks that reach into the last bytes of each task; the cut inside the first of them is made below.
  const rows = await prisma.$queryRaw<{ task_id: string; tail: string }[]>(Prisma.sql`
    select task_id, string_agg(text, '' order by sequence) as tail
    from (
      select wanted.task_id, chunk.text, chunk.sequence, wanted.last_bytes,
        sum(octet_length(chunk.text)) over (partition by wanted.task_id order by chunk.sequence desc)
          - octet_length(chunk.text) as later_bytes
      from unnest(${keys.map(({ taskId }) => taskId)}::uuid[], ${keys.map(({ lastBytes }) => lastBytes)}::int[])
        as wanted (task_id, last_bytes)
      join output_chunks as chunk on chunk.task_id = wanted.task_id
    ) as chunks
    where later_bytes < last_bytes
    group by task_id`);
  const tails = new Map(rows.map(({ task_id, tail }) => [task_id, tail]));
  return keys.map(({ taskId, lastBytes }) => cutToLastBytes(tails.get(taskId) ?? '', lastBytes));
}

/** The longest end of a text that has at most `bytes` bytes of UTF-8, never starting inside a character. */
export function cutToLastBytes(text: string, bytes: number): string {
  const encoded = Buffer.from(text);
  if (encoded.length <= bytes) return text;
  let start = encoded.length - bytes;
  while (start < encoded.length && ((encoded[start] ?? 0) & 0xc0) === 0x80) start += 1;
  return encoded.subarray(start).toString();
}
