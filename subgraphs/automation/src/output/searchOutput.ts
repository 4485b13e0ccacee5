import { requirePermission } from '@opsconductor/authz';
import { BadUserInput, decodeCursor, encodeCursor, readId } from '@opsconductor/subgraph';
import type { Connection, PageArguments } from '@opsconductor/subgraph';
import { Prisma } from '../../generated/prisma/client.ts';
import type { OutputStream } from '../../generated/prisma/enums.ts';
import type { Context } from '../context.ts';

const PAGE_LIMIT = 100;
const TEXT_LENGTH = 200;
/** Entries of the event log that one page looks through at most. */
const SCANNED_ENTRIES = 20_000;
const SHOWN_LENGTH = 1_000;

export interface OutputHit {
  readonly taskId: string;
  readonly line: number;
  readonly stream: OutputStream;
  readonly text: string;
}

interface Chunk {
  readonly sequence: number;
  readonly task_id: string;
  readonly stream: OutputStream;
  readonly first_line: number;
  readonly text: string;
}

/**
 * Lines of an execution's output with a text in them, upper or lower case, in the order of arrival. A page looks through a
 * bounded part of the output and ends where that ends, so it may hold few hits, or none, and still have a next one.
 * A text that two chunks share is not found.
 */
export async function searchOutput(
  { viewer, prisma }: Context,
  { executionId, text, first, after }: PageArguments & { executionId: string; text: string },
): Promise<Connection<OutputHit>> {
  requirePermission(viewer, 'execution:read');
  const size = first ?? 50;
  if (size < 1 || size > PAGE_LIMIT) throw new BadUserInput(`first must be from 1 to ${PAGE_LIMIT}.`);
  const wanted = text.toLowerCase();
  if (wanted.trim() === '' || text.length > TEXT_LENGTH || /[\0\n]/.test(text) || !text.isWellFormed())
    throw new BadUserInput(`The text to search for is one line of 1 to ${TEXT_LENGTH} characters.`);
  const { sequence, skip } = placeOf(after);
  const id = readId(executionId);
  const execution = id && (await prisma.execution.findUnique({ where: { id }, select: { lastSequence: true } }));
  if (!execution) return { nodes: [], pageInfo: { hasNextPage: false, endCursor: after ?? null } };
  const upTo = Math.min(sequence + SCANNED_ENTRIES, execution.lastSequence);
  const chunks = await prisma.$queryRaw<Chunk[]>(Prisma.sql`
    select sequence, task_id, stream::text as stream, first_line, text from output_chunks
    where execution_id = ${id}::uuid and sequence >= ${sequence} and sequence <= ${upTo}
      and strpos(lower(text), ${wanted}) > 0
    order by sequence limit ${size + 1}`);
  const hits = chunks.flatMap((chunk) => hitsOf(chunk, wanted).slice(chunk.sequence === sequence ? skip : 0));
  const nodes = hits.slice(0, size);
  const last = nodes.at(-1);
  if (last && (hits.length > size || chunks.length > size)) {
    const earlier = hits.slice(0, size).filter((hit) => hit.sequence === last.sequence).length;
    const place = [last.sequence, earlier + (last.sequence === sequence ? skip : 0)];
    return { nodes, pageInfo: { hasNextPage: true, endCursor: encodeCursor(place) } };
  }
  const hasNextPage = upTo < execution.lastSequence;
  return { nodes, pageInfo: { hasNextPage, endCursor: encodeCursor([upTo + 1, 0]) } };
}

function hitsOf({ sequence, task_id, stream, first_line, text }: Chunk, wanted: string) {
  return text
    .split('\n')
    .map((line, index) => ({ sequence, taskId: task_id, stream, line: first_line + index, text: line }))
    .filter((line) => line.text.toLowerCase().includes(wanted))
    .map((line) => ({ ...line, text: line.text.slice(0, SHOWN_LENGTH) }));
}

/** An entry of the event log, and how many of its hits were given before. */
function placeOf(after: string | null | undefined): { sequence: number; skip: number } {
  if (after == null) return { sequence: 0, skip: 0 };
  const [sequence, skip] = decodeCursor(after);
  if (!isCount(sequence) || !isCount(skip)) throw new BadUserInput('after is not a cursor of this list.');
  return { sequence, skip };
}

function isCount(part: string | number | undefined): part is number {
  return typeof part === 'number' && Number.isInteger(part) && part >= 0 && part < 2_147_000_000;
}
