import { requirePermission } from '@opsconductor/authz';
import { BadUserInput, isId, readPage } from '@opsconductor/subgraph';
import type { Connection, PageArguments } from '@opsconductor/subgraph';
import type { AuditEvent, Prisma } from '../../generated/prisma/client.ts';
import type { AuditEventFilter } from '../../generated/graphql.ts';
import type { Context } from '../context.ts';

const PAGE_LIMIT = 100;
/** Larger than every position: PostgreSQL's largest integer. */
const END = 2_147_483_647;

/** Newest first. */
export async function listAuditEvents(
  { viewer, prisma }: Context,
  page: PageArguments,
  filter?: AuditEventFilter | null,
): Promise<Connection<AuditEvent>> {
  requirePermission(viewer, 'audit:read');
  return readNewestFirst(page, async (before, take) => {
    const where = toWhere(filter ?? {});
    return where
      ? prisma.auditEvent.findMany({
          where: { ...where, position: { lt: before } },
          orderBy: { position: 'desc' },
          take,
        })
      : [];
  });
}

/** What one user did, newest first. */
export async function listEventsOfActor(
  { viewer, loaders }: Context,
  actorId: string,
  page: PageArguments,
): Promise<Connection<AuditEvent>> {
  requirePermission(viewer, 'audit:read');
  return readNewestFirst(page, async (before, limit) =>
    isId(actorId) ? loaders.eventsOfActor.load({ actorId, before, limit }) : [],
  );
}

/** @returns null when there is none */
export async function findAuditEvent({ viewer, loaders }: Context, id: string): Promise<AuditEvent | null> {
  requirePermission(viewer, 'audit:read');
  return isId(id) ? loaders.auditEvent.load(id) : null;
}

function readNewestFirst(
  page: PageArguments,
  read: (before: number, limit: number) => Promise<AuditEvent[]>,
): Promise<Connection<AuditEvent>> {
  return readPage(
    page,
    PAGE_LIMIT,
    ({ position }) => [position],
    (after, limit) => read(after ? toPosition(after) : END, limit),
  );
}

/** @throws {BadUserInput} */
function toPosition([position]: readonly (string | number)[]): number {
  if (typeof position === 'number' && Number.isInteger(position) && position >= 1 && position <= END) return position;
  throw new BadUserInput('after is not a cursor of this list.');
}

/** @returns undefined when nothing can match: PostgreSQL takes no other ids, and no NUL in a text */
function toWhere({ type, actorId, subjectId }: AuditEventFilter): Prisma.AuditEventWhereInput | undefined {
  if (actorId != null && !isId(actorId)) return undefined;
  if (type?.includes('\0') || subjectId?.includes('\0')) return undefined;
  return {
    ...(type != null && { type }),
    ...(actorId != null && { actorId }),
    ...(subjectId != null && { subjectId }),
  };
}
