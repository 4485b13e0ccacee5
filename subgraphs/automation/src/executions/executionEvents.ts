import { requirePermission } from '@opsconductor/authz';
import { BadUserInput, decodeCursor, encodeCursor, isId } from '@opsconductor/subgraph';
import type { Connection, PageArguments } from '@opsconductor/subgraph';
import type { ExecutionEvent, OutputChunk } from '../../generated/prisma/client.ts';
import type { Context } from '../context.ts';

const PAGE_LIMIT = 500;
const DEFAULT_PAGE = 200;
/** A page ends early once it holds this much output. */
const PAGE_BYTES = 1024 * 1024;

/** An entry of the event log, with the name of its GraphQL type. */
export type LoggedEvent =
  | ({ readonly __typename: 'ExecutionStatusChanged' | 'StepStatusChanged' | 'TaskStatusChanged' } & ExecutionEvent)
  | ({ readonly __typename: 'TaskOutput' } & OutputChunk);

/**
 * Entries after a cursor, in order, without gaps: two tables share one sequence, and an entry is there only when all
 * before it are, because whoever appends holds the execution's lock.
 */
export async function listExecutionEvents(
  { viewer, prisma }: Context,
  executionId: string,
  { first, after }: PageArguments,
): Promise<Connection<LoggedEvent>> {
  requirePermission(viewer, 'execution:read');
  const size = first ?? DEFAULT_PAGE;
  if (size < 1 || size > PAGE_LIMIT) throw new BadUserInput(`first must be from 1 to ${PAGE_LIMIT}.`);
  const start = after == null ? 0 : sequenceOf(after);
  if (!isId(executionId)) return page([], false, after);
  const where = { executionId, sequence: { gt: start, lte: start + size + 1 } };
  // One snapshot for both tables: else what commits between the two reads would look like a gap.
  const [events, chunks] = await prisma.$transaction(
    [prisma.executionEvent.findMany({ where }), prisma.outputChunk.findMany({ where })],
    { isolationLevel: 'RepeatableRead' },
  );
  const rows = [...events.map(statusChange), ...chunks.map(output)].sort((one, other) => one.sequence - other.sequence);
  const nodes = cut(rows, size);
  return page(nodes, rows.length > nodes.length, after);
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
