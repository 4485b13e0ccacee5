import { Unauthenticated, requireUser } from '@opsconductor/authz';
import { isId } from '@opsconductor/subgraph';
import type { Context } from '../context.ts';
import { endSessions } from './endSessions.ts';

/**
 * Ends the session of the token that is used. Again is the same as once.
 * @returns when it ended
 * @throws {Unauthenticated} there is no such session
 */
export async function signOut({ viewer, transact, clock, requestId }: Context): Promise<Date> {
  const { userId, sessionId } = requireUser(viewer);
  if (!isId(sessionId)) throw new Unauthenticated();
  return transact(async (unit) => {
    await endSessions(unit, { id: sessionId, userId }, 'signedOut', clock(), { actorId: userId, requestId });
    const session = await unit.db.session.findFirst({ where: { id: sessionId, userId } });
    if (!session) throw new Unauthenticated();
    return session.endedAt ?? session.expiresAt;
  });
}
