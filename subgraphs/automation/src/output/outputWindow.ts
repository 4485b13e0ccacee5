import { requirePermission } from '@opsconductor/authz';
import { BadUserInput, readId } from '@opsconductor/subgraph';
import { Prisma } from '../../generated/prisma/client.ts';
import type { QueryOutputWindowArgs } from '../../generated/graphql.ts';
import type { OutputStream } from '../../generated/prisma/enums.ts';
import type { Context } from '../context.ts';

const LINE_LIMIT = 1_000;
const DEFAULT_LINES = 200;
/** A window ends early once it holds this much output, and a line is cut at so many characters. */
const WINDOW_BYTES = 1024 * 1024;
const LINE_LENGTH = 16 * 1024;
const LAST_LINE = 2_000_000_000;
const CHUNK_LIMIT = 2_000;

export interface OutputLine {
  /** From 0, in the order in which the task's output arrived. */
  readonly number: number;
  readonly stream: OutputStream;
  readonly text: string;
  readonly isCut: boolean;
}

export interface OutputWindow {
  readonly lines: readonly OutputLine[];
  /** Lines that there are now, the unfinished one included. */
  readonly lineCount: number;
  readonly byteCount: number;
}

interface Chunk {
  readonly first_line: number;
  readonly stream: OutputStream;
  readonly text: string;
}

type Candidate = Chunk & { readonly candidates: number };

/**
 * Lines of a task's output from one on, as many as fit. What it costs does not grow with the output: the chunk that the
 * first line begins in is found by an index.
 * @returns null when there is no such task
 */
export async function readOutputWindow(
  { viewer, prisma, loaders }: Context,
  { executionId, taskId, ...range }: QueryOutputWindowArgs,
): Promise<OutputWindow | null> {
  requirePermission(viewer, 'execution:read');
  const { fromLine, count } = { fromLine: range.fromLine ?? 0, count: range.count ?? DEFAULT_LINES };
  if (count < 1 || count > LINE_LIMIT) throw new BadUserInput(`count must be from 1 to ${LINE_LIMIT}.`);
  if (fromLine < 0 || fromLine > LAST_LINE) throw new BadUserInput(`fromLine must be from 0 to ${LAST_LINE}.`);
  const id = readId(taskId);
  const task = id ? await loaders.task.load(id) : null;
  if (!task || task.executionId !== readId(executionId)) return null;
  // The chunk before may hold the beginning of the first line, and so may several before it: a line can be long.
  const chunks = await prisma.$queryRaw<Candidate[]>(Prisma.sql`
    with candidates as (
      select first_line, stream, text, sequence,
        sum(octet_length(text)) over (order by sequence) - octet_length(text) as bytes_before
      from output_chunks
      where task_id = ${task.id}::uuid and first_line < ${fromLine + count}
        and sequence >= coalesce((
          select sequence from output_chunks
          where task_id = ${task.id}::uuid and first_line < ${fromLine}
          order by first_line desc, sequence desc limit 1
        ), 0)
      order by sequence limit ${CHUNK_LIMIT}
    )
    select first_line, stream::text as stream, text, (select count(*) from candidates)::int as candidates
    from candidates where bytes_before < ${WINDOW_BYTES}
    order by sequence`);
  const candidates = chunks[0]?.candidates ?? 0;
  const isWhole = candidates < CHUNK_LIMIT && chunks.length === candidates;
  const lines = cutIntoLines(chunks, isWhole).filter(({ number }) => number >= fromLine && number < fromLine + count);
  const isUnfinished = task.outputBytes > 0 && !(await endsWithLine(prisma, task.id));
  return { lines, lineCount: task.outputLines + (isUnfinished ? 1 : 0), byteCount: task.outputBytes };
}

async function endsWithLine(prisma: Context['prisma'], taskId: string): Promise<boolean> {
  const [last] = await prisma.$queryRaw<{ ends: boolean }[]>`
    select right(text, 1) = E'\n' as ends from output_chunks
    where task_id = ${taskId}::uuid order by sequence desc limit 1`;
  return last?.ends ?? true;
}

/**
 * Chunks in order, without gaps, into lines. A line belongs to the stream that began it.
 * @param isWhole false when chunks that may go on with the last line are missing: it is left out then, or cut if it is the only one
 */
export function cutIntoLines(chunks: readonly Chunk[], isWhole = true): OutputLine[] {
  const lines: OutputLine[] = [];
  let open: { number: number; stream: OutputStream; text: string } | undefined;
  const close = (): void => {
    if (open) lines.push({ ...open, text: open.text.slice(0, LINE_LENGTH), isCut: open.text.length > LINE_LENGTH });
    open = undefined;
  };
  for (const { first_line, stream, text } of chunks) {
    text.split('\n').forEach((part, index, parts) => {
      if (index > 0) close();
      const isNothing = index === parts.length - 1 && part === '';
      if (open) open.text += open.text.length > LINE_LENGTH ? '' : part;
      else if (!isNothing) open = { number: first_line + index, stream, text: part };
    });
  }
  if (isWhole) close();
  else if (open && lines.length === 0) lines.push({ ...open, text: open.text.slice(0, LINE_LENGTH), isCut: true });
  return lines;
}
