/**
 * The hash chain of the audit log: every entry's hash covers its content and the hash before it, so that none can be
 * changed, taken out or put in without all later hashes becoming wrong. What the chain alone cannot show is a missing
 * end: compare the last hash with one that was kept elsewhere.
 */
import { createHash } from 'node:crypto';
import { canonicalJson } from './canonicalJson.ts';

/** What stands before the first entry: 64 zeros. */
export const GENESIS_HASH = '0'.repeat(64);

/** The content of an entry. Ids of users and events are in lower case, as PostgreSQL gives them back. */
export interface Entry {
  readonly id: string;
  readonly type: string;
  readonly occurredAt: Date;
  readonly actorId: string | null;
  readonly subjectType: string;
  readonly subjectId: string;
  readonly data: Readonly<Record<string, string | number | boolean | null>>;
  readonly requestId: string | null;
}

/** An entry in its place. */
export interface Link extends Entry {
  /** From 1, without gaps. */
  readonly position: number;
  readonly previousHash: string;
  readonly hash: string;
}

/**
 * SHA-256 in hex over the text of `previousHash` followed by the canonical JSON (RFC 8785) of the object with the
 * properties of {@link Entry} and `position`; `occurredAt` in UTC with milliseconds.
 */
export function hashEntry(entry: Entry, position: number, previousHash: string): string {
  const { id, type, occurredAt, actorId, subjectType, subjectId, data, requestId } = entry;
  const at = occurredAt.toISOString();
  const content = { id, position, type, occurredAt: at, actorId, subjectType, subjectId, data, requestId };
  return createHash('sha256').update(previousHash).update(canonicalJson(content)).digest('hex');
}

/** Puts entries behind the last link. */
export function linkEntries(entries: readonly Entry[], last: Pick<Link, 'position' | 'hash'> | undefined): Link[] {
  let { position, hash } = last ?? { position: 0, hash: GENESIS_HASH };
  return entries.map((entry) => {
    const previousHash = hash;
    position += 1;
    hash = hashEntry(entry, position, previousHash);
    return { ...entry, position, previousHash, hash };
  });
}
