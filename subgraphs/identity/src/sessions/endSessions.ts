import { sessionTopic } from '@opsconductor/authz';
import type { Unit } from '@opsconductor/events';
import type { Prisma, PrismaClient } from '../../generated/prisma/client.ts';
import type { Db } from '../context.ts';
import { SESSIONS_TOPIC } from './sessionLife.ts';

const KEPT_DAYS = 30;

export type EndReason = 'signedOut' | 'userDisabled' | 'revoked' | 'passwordChanged' | 'refreshTokenReused';

/** Ends the live sessions that are meant. @returns how many were */
export async function endSessions(
  unit: Unit<Db>,
  which: Prisma.SessionWhereInput,
  reason: EndReason,
  now: Date,
  cause: { actorId: string | null; requestId: string },
): Promise<number> {
  const ended = await unit.db.session.updateManyAndReturn({
    where: { ...which, endedAt: null, expiresAt: { gt: now } },
    data: { endedAt: now },
    select: { id: true, userId: true },
  });
  for (const { id, userId } of ended) {
    unit.emit({
      type: 'identity.session.ended',
      ...cause,
      subject: { type: 'session', id },
      data: { userId, reason },
    });
    unit.wake(sessionTopic(id));
  }
  if (ended.length > 0) unit.wake(SESSIONS_TOPIC);
  return ended.length;
}

/** Removes sessions that ended long ago: what happened is in the audit log. */
export async function removeOldSessions(prisma: Pick<PrismaClient, 'session'>, now: Date): Promise<void> {
  const before = new Date(now.getTime() - KEPT_DAYS * 24 * 60 * 60 * 1000);
  await prisma.session.deleteMany({ where: { expiresAt: { lt: before } } });
}
