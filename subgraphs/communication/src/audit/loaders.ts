import DataLoader from 'dataloader';
import type { AuditEvent, PrismaClient } from '../../generated/prisma/client.ts';

/** For one request: any number of keys is one statement. */
export interface Loaders {
  readonly auditEvent: DataLoader<string, AuditEvent | null>;
  readonly eventsOfActor: DataLoader<ActorPage, AuditEvent[], string>;
}

/** What one user did, newest first. */
export interface ActorPage {
  readonly actorId: string;
  /** The page starts with the newest entry before this position. */
  readonly before: number;
  readonly limit: number;
}

export function createLoaders(prisma: PrismaClient): Loaders {
  return {
    auditEvent: new DataLoader(async (ids) => {
      const events = await prisma.auditEvent.findMany({ where: { id: { in: [...ids] } } });
      const byId = new Map(events.map((event) => [event.id, event]));
      return ids.map((id) => byId.get(id.toLowerCase()) ?? null);
    }),
    eventsOfActor: new DataLoader((pages) => readPages(prisma, pages), {
      cacheKeyFn: ({ actorId, before, limit }) => `${actorId} ${before} ${limit}`,
    }),
  };
}

async function readPages(prisma: PrismaClient, pages: readonly ActorPage[]): Promise<AuditEvent[][]> {
  const actorIds = pages.map(({ actorId }) => actorId);
  const befores = pages.map(({ before }) => before);
  const limits = pages.map(({ limit }) => limit);
  // One index range per page, each as long as its page.
  const rows = await prisma.$queryRaw<(AuditEvent & { page: number })[]>`
    select wanted.page::int as page, entry.*
    from unnest(${actorIds}::uuid[], ${befores}::int[], ${limits}::int[])
      with ordinality as wanted (actor_id, before, size, page)
    cross join lateral (
      select id, position, type, occurred_at as "occurredAt", actor_id as "actorId", subject_type as "subjectType",
        subject_id as "subjectId", data, request_id as "requestId", previous_hash as "previousHash", hash
      from audit_events
      where audit_events.actor_id = wanted.actor_id and audit_events.position < wanted.before
      order by audit_events.position desc
      limit wanted.size
    ) as entry
    order by wanted.page, entry.position desc`;
  const byPage = Map.groupBy(rows, ({ page }) => page - 1);
  return pages.map((_, page) => byPage.get(page) ?? []);
}
