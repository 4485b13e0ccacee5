import { requirePermission } from '@opsconductor/authz';
import { BadUserInput, decodeCursor, encodeCursor, isId } from '@opsconductor/subgraph';
import type { Connection, PageArguments } from '@opsconductor/subgraph';
import type { ExecutionEvent, OutputChunk, PrismaClient } from '../../generated/prisma/client.ts';
import type { OutputStream } from '../../generated/prisma/enums.ts';
import type { Context } from '../context.ts';

const PAGE_LIMIT = 500;
const DEFAULT_PAGE = 200;
/** A page ends early once it holds this much output. */
const PAGE_BYTES = 1024 * 1024;

/** An entry of the event log, with the name of its GraphQL type. */
export type LoggedEvent =
  | ({ readonly __typename: 'ExecutionStatusChanged' | 'StepStatusChanged' | 'TaskStatusChanged' } & ExecutionEvent)
  | ({ readonly __typename: 'TaskOutput' } & OutputChunk);

/** Entries that a page with a filter looks through at most. */
const SCANNED_ENTRIES = 5_000;
const TEXT_LENGTH = 200;

export interface EventFilter {
  readonly stepId?: string | null | undefined;
  readonly targetId?: string | null | undefined;
  readonly stream?: OutputStream | null | undefined;
  readonly text?: string | null | undefined;
}

/**
 * Entries after a cursor, in order, without gaps: two tables share one sequence, and an entry is there only when all
 * before it are, because whoever appends holds the execution's lock. With a filter a page looks through a bounded part of
 * the log and ends where that ends, whatever it has found.
 */
export async function listExecutionEvents(
  { viewer, prisma }: Context,
  executionId: string,
  { first, after, filter }: PageArguments & { readonly filter?: EventFilter | null | undefined },
): Promise<Connection<LoggedEvent>> {
  requirePermission(viewer, 'execution:read');
  const size = first ?? DEFAULT_PAGE;
  if (size < 1 || size > PAGE_LIMIT) throw new BadUserInput(`first must be from 1 to ${PAGE_LIMIT}.`);
  const start = after == null ? 0 : sequenceOf(after);
  if (!isId(executionId)) return page([], false, after);
  if (filter) return listMatchingEvents(prisma, executionId, start, size, filter);
  const end = await findPageEnd(prisma, executionId, start, start + size + 1);
  const where = { executionId, sequence: { gt: start, lte: end } };
  // One snapshot for both tables: else what commits between the two reads would look like a gap.
  const [events, chunks] = await prisma.$transaction(
    [prisma.executionEvent.findMany({ where }), prisma.outputChunk.findMany({ where })],
    { isolationLevel: 'RepeatableRead' },
  );
  const rows = inOrder(events, chunks);
  const nodes = cut(rows, size);
  return page(nodes, rows.length > nodes.length, after);
}

/** The entry with which a page is full, so that no more is read than it can hold: sizes are known without the texts. */
async function findPageEnd(prisma: PrismaClient, executionId: string, start: number, end: number): Promise<number> {
  const [full] = await prisma.$queryRaw<{ sequence: number }[]>`
    select sequence from (
      select sequence, sum(octet_length(text)) over (order by sequence) as bytes from output_chunks
      where execution_id = ${executionId}::uuid and sequence > ${start} and sequence <= ${end}
    ) as sizes
    where bytes > ${PAGE_BYTES} order by sequence limit 1`;
  return full?.sequence ?? end;
}

async function listMatchingEvents(
  prisma: PrismaClient,
  executionId: string,
  start: number,
  size: number,
  filter: EventFilter,
): Promise<Connection<LoggedEvent>> {
  const { onTask, onOutput, onEvent } = conditionsOf(filter);
  const sequence = { gt: start, lte: start + SCANNED_ENTRIES };
  const order = { orderBy: { sequence: 'asc' }, take: size + 1 } as const;
  const tasks = onTask && (await prisma.task.findMany({ where: { executionId, ...onTask }, select: { id: true } }));
  const ofTasks = tasks && { taskId: { in: tasks.map(({ id }) => id) } };
  const [execution, events, chunks] = await prisma.$transaction(
    [
      prisma.execution.findUnique({ where: { id: executionId }, select: { lastSequence: true } }),
      prisma.executionEvent.findMany({ where: { executionId, sequence, ...ofTasks, ...onEvent }, ...order }),
      prisma.outputChunk.findMany({ where: { executionId, sequence, ...ofTasks, ...onOutput }, ...order }),
    ],
    { isolationLevel: 'RepeatableRead' },
  );
  const rows = inOrder(events, chunks);
  const nodes = cut(rows, size);
  if (rows.length > nodes.length) return page(nodes, true, undefined);
  const last = execution?.lastSequence ?? 0;
  const scanned = Math.max(start, Math.min(start + SCANNED_ENTRIES, last));
  return { nodes, pageInfo: { hasNextPage: scanned < last, endCursor: encodeCursor([scanned]) } };
}

/** @throws {BadUserInput} an id or a text that cannot be one */
function conditionsOf({ stepId, targetId, stream, text }: EventFilter) {
  const ids = { ...(stepId != null && { stepId }), ...(targetId != null && { targetId }) };
  if (!Object.values(ids).every(isId)) throw new BadUserInput('The filter names what is not an id.');
  if (text != null && (text.trim() === '' || text.length > TEXT_LENGTH || text.includes('\0') || !text.isWellFormed()))
    throw new BadUserInput(`The text of a filter has 1 to ${TEXT_LENGTH} characters.`);
  const onOutput = {
    ...(stream != null && { stream }),
    ...(text != null && { text: { contains: escapeLike(text), mode: 'insensitive' as const } }),
  };
  // Who asks for a stream or a text asks for output only: there is no entry without a sequence.
  const onEvent = Object.keys(onOutput).length > 0 ? { executionStatus: null, taskStatus: null, stepStatus: null } : {};
  return { onTask: Object.keys(ids).length > 0 ? ids : undefined, onOutput, onEvent };
}

/** `contains` makes a pattern of the text, in which these three mean something. */
function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}

function inOrder(events: ExecutionEvent[], chunks: OutputChunk[]): LoggedEvent[] {
  return [...events.map(statusChange), ...chunks.map(output)].sort((one, other) => one.sequence - other.sequence);
}

function page(nodes: LoggedEvent[], hasNextPage: boolean, after: string | null | undefined): Connection<LoggedEvent> {
  const last = nodes.at(-1);
  return { nodes, pageInfo: { hasNextPage, endCursor: last ? cursorOf(last) : (after ?? null) } };
}

export function cursorOf({ sequence }: { sequence: number }): string {
  return encodeCursor([sequence]);
}

function sequenceOf(cursor: string): number {
  const [sequence] = decodeCursor(cursor);
  if (typeof sequence !== 'number' || !Number.isInteger(sequence) || sequence < 0 || sequence > 2_147_000_000)
    throw new BadUserInput('after is not a cursor of this list.');
  return sequence;
}

/** At most `size` rows, fewer when their output is large, at least one. */
function cut(rows: LoggedEvent[], size: number): LoggedEvent[] {
  let bytes = 0;
  const end = rows.findIndex((row, index) => {
    bytes += row.__typename === 'TaskOutput' ? row.text.length : 0;
    return index >= size || (index > 0 && bytes > PAGE_BYTES);
  });
  return end === -1 ? rows : rows.slice(0, end);
}

function statusChange(event: ExecutionEvent): LoggedEvent {
  if (event.taskId !== null) return { __typename: 'TaskStatusChanged', ...event };
  return { __typename: event.stepId === null ? 'ExecutionStatusChanged' : 'StepStatusChanged', ...event };
}

function output(chunk: OutputChunk): LoggedEvent {
  return { __typename: 'TaskOutput', ...chunk };
}
