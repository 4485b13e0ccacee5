import { requireUser } from '@opsconductor/authz';
import { BadUserInput, isId, readPage } from '@opsconductor/subgraph';
import type { Connection, PageArguments } from '@opsconductor/subgraph';
import type { Session } from '../../generated/prisma/client.ts';
import type { Context } from '../context.ts';
import { endSessions } from './endSessions.ts';
import { getLiveAccount, requireLiveSession } from './liveSession.ts';
import { SessionNotFound } from './refusals.ts';

const PAGE_LIMIT = 100;

/** A session as its owner sees it. */
export interface OwnSession extends Session {
  readonly isCurrent: boolean;
}

/**
 * The viewer's own live sessions, newest first.
 * @throws {Unauthenticated}
 */
export async function listSessions(context: Context, page: PageArguments): Promise<Connection<OwnSession>> {
  const viewer = requireUser(context.viewer);
  const { prisma, clock } = context;
  await getLiveAccount(prisma, viewer, clock());
  const connection = await readPage<Session>(
    page,
    PAGE_LIMIT,
    ({ id }) => [id],
    (after, take) =>
      prisma.session.findMany({
        where: {
          userId: viewer.userId,
          endedAt: null,
          expiresAt: { gt: clock() },
          ...(after && { id: { lt: readCursor(after) } }),
        },
        // Ids are UUIDv7: they sort by time.
        orderBy: { id: 'desc' },
        take,
      }),
  );
  const nodes = connection.nodes.map((session) => ({ ...session, isCurrent: session.id === viewer.sessionId }));
  return { ...connection, nodes };
}

/** @throws {BadUserInput} */
function readCursor([id]: readonly (string | number)[]): string {
  if (typeof id !== 'string' || !isId(id)) throw new BadUserInput('after is not a cursor of this list.');
  return id;
}

/**
 * Ends a session of the viewer, or of anybody for who may write users.
 * @throws {SessionNotFound} there is none, or it has ended, or it is somebody else's
 */
export async function revokeSession(context: Context, id: string): Promise<{ id: string; endedAt: Date }> {
  const viewer = requireUser(context.viewer);
  const { transact, clock, requestId } = context;
  if (!isId(id)) throw new SessionNotFound();
  return transact(async (unit) => {
    await requireLiveSession(unit.db, viewer, clock());
    const owner = viewer.permissions.has('user:write') ? {} : { userId: viewer.userId };
    const endedAt = clock();
    const cause = { actorId: viewer.userId, requestId };
    if ((await endSessions(unit, { id, ...owner }, 'revoked', endedAt, cause)) === 0) throw new SessionNotFound();
    return { id, endedAt };
  });
}

/** @returns how many were ended. @throws {Unauthenticated} */
export async function revokeOtherSessions(context: Context): Promise<number> {
  const viewer = requireUser(context.viewer);
  const { transact, clock, requestId } = context;
  return transact(async (unit) => {
    await requireLiveSession(unit.db, viewer, clock());
    const others = { userId: viewer.userId, id: { not: viewer.sessionId } };
    return endSessions(unit, others, 'revoked', clock(), { actorId: viewer.userId, requestId });
  });
}
