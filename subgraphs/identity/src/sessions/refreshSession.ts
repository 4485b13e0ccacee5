import type { Unit } from '@opsconductor/events';
import type { Context, Db } from '../context.ts';
import { withoutHash } from '../users/account.ts';
import { deviceOf, hashDevice } from './device.ts';
import { endSessions } from './endSessions.ts';
import { RefreshRejected } from './refusals.ts';
import { SESSIONS_TOPIC, expiryOf } from './sessionLife.ts';
import type { StartedSession } from './startSession.ts';

/**
 * Open to anyone who has the token. Uses it and gives the next one, with the rights that the user has now.
 * @throws {RefreshRejected}
 */
export async function refreshSession(context: Context, token: string): Promise<StartedSession> {
  const { viewer, refreshTokens, tokens, transact, clock } = context;
  const signer = await tokens.getSigner();
  const device = deviceOf(viewer);
  // What a thief has done has to be recorded: nothing is thrown inside.
  const refreshed = await transact(async (unit) => {
    const now = clock();
    const use = await refreshTokens.use(unit.db, token, hashDevice(device), now);
    if (use.outcome === 'reused') await endFamily(unit, context, use.sessionId);
    if (use.outcome !== 'successor') return undefined;
    const session = await unit.db.session.findFirst({
      where: { id: use.sessionId, endedAt: null, expiresAt: { gt: now }, user: { status: 'ACTIVE' } },
      include: { user: { omit: withoutHash } },
    });
    if (!session) return undefined;
    const { user, createdAt } = session;
    await unit.db.session.updateMany({
      where: { id: session.id, endedAt: null },
      data: { lastSeenAt: now, expiresAt: expiryOf(context.sessionLife, createdAt, now), ...device },
    });
    if (use.isFirst) unit.wake(SESSIONS_TOPIC);
    const subject = { userId: user.id, sessionId: session.id, roles: user.roles };
    return {
      accessToken: await signer.sign({ ...subject, signedInAt: createdAt, issuedAt: now }),
      expiresAt: signer.expiryOf(now),
      refreshToken: use.token,
      userId: user.id,
    };
  });
  if (!refreshed) throw new RefreshRejected();
  return refreshed;
}

/** Two parties have had one token: which of them is the thief cannot be told, so neither goes on. */
async function endFamily(unit: Unit<Db>, { requestId, clock }: Context, id: string): Promise<void> {
  await endSessions(unit, { id }, 'refreshTokenReused', clock(), { actorId: null, requestId });
}
