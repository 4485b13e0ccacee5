import { BadUserInput } from './errors.ts';

/** A page of a list (GraphQL Cursor Connections Specification), with keyset cursors. */
export interface Connection<Node> {
  readonly nodes: Node[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

export interface PageArguments {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
}

/**
 * Reads one page.
 * @param most cap of `first`; a larger one is refused, not cut, so that nobody takes a part for the whole
 * @param keyOf the keyset of a node: what the list is ordered by, ending in something unique
 * @param read gives up to `limit` nodes after the keyset, in order
 * @throws {BadUserInput} `first` out of range, or `after` not a cursor of this list
 */
export async function readPage<Node>(
  { first, after }: PageArguments,
  most: number,
  keyOf: (node: Node) => readonly (string | number)[],
  read: (after: readonly (string | number)[] | undefined, limit: number) => Promise<Node[]>,
): Promise<Connection<Node>> {
  const size = first ?? Math.min(50, most);
  if (!Number.isInteger(size) || size < 1 || size > most) throw new BadUserInput(`first must be from 1 to ${most}.`);
  const rows = await read(after == null ? undefined : decodeCursor(after), size + 1);
  const nodes = rows.slice(0, size);
  const last = nodes.at(-1);
  return {
    nodes,
    pageInfo: {
      hasNextPage: rows.length > size,
      endCursor: last === undefined ? (after ?? null) : encodeCursor(keyOf(last)),
    },
  };
}

/** An opaque cursor: the keyset as base64url JSON. */
export function encodeCursor(key: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/** No text that we store holds NUL: PostgreSQL takes none, not even to compare with. */
function isKeyPart(part: unknown): part is string | number {
  return typeof part === 'string' ? !part.includes('\0') : Number.isFinite(part);
}

/** @throws {BadUserInput} not a cursor that {@link encodeCursor} made */
export function decodeCursor(cursor: string): readonly (string | number)[] {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(key) && key.every(isKeyPart)) return key;
  } catch {
    // Falls through: whatever does not parse is not a cursor.
  }
  throw new BadUserInput('after is not a cursor of this list.');
}
