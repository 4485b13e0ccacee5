import type { LeasedJob } from '@opsconductor/events';
import type { Db } from '../context.ts';
import { linkEntries } from './chain.ts';
import type { Entry } from './chain.ts';
import { readEvent } from './readEvent.ts';

/**
 * Appends events to the chain in the order in which they occurred. Those that are in it already are left out: an event
 * may be delivered more than once.
 * @returns what was appended
 */
export async function appendEvents(db: Db, jobs: readonly LeasedJob<unknown>[], now: Date): Promise<Entry[]> {
  // Until the end of the transaction: whoever appends knows the last link.
  await db.$executeRaw`select pg_advisory_xact_lock(hashtextextended('communication.audit_events', 0))`;
  const entries = new Map(jobs.map((job) => readEvent(job, now)).map((entry) => [entry.id, entry]));
  const recorded = await db.auditEvent.findMany({ where: { id: { in: [...entries.keys()] } }, select: { id: true } });
  for (const { id } of recorded) entries.delete(id);
  const last = await db.auditEvent.findFirst({
    orderBy: { position: 'desc' },
    select: { position: true, hash: true },
  });
  const ordered = [...entries.values()].sort(byTime);
  await db.auditEvent.createMany({ data: linkEntries(ordered, last ?? undefined) });
  return ordered;
}

function byTime(one: Entry, other: Entry): number {
  return one.occurredAt.getTime() - other.occurredAt.getTime() || (one.id < other.id ? -1 : 1);
}
