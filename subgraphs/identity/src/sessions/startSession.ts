import type { Unit } from '@opsconductor/events';
import type { Context, Db } from '../context.ts';
import type { TokenSigner } from '../tokens/accessTokens.ts';
import type { Account } from '../users/account.ts';
import { deviceOf } from './device.ts';
import { SESSIONS_TOPIC, expiryOf } from './sessionLife.ts';

/** A session, the access token that proves it and the token that gives the next one. */
export interface StartedSession {
  readonly accessToken: string;
  readonly expiresAt: Date;
  readonly refreshToken: string;
  readonly userId: string;
}

/** Starts a session for somebody who has just proved who they are. */
export async function startSession(
  unit: Unit<Db>,
  { viewer, refreshTokens, sessionLife, clock, requestId }: Context,
  signer: TokenSigner,
  user: Account,
): Promise<StartedSession> {
  const now = clock();
  const session = await unit.db.session.create({
    data: {
      userId: user.id,
      createdAt: now,
      lastSeenAt: now,
      expiresAt: expiryOf(sessionLife, now, now),
      ...deviceOf(viewer),
    },
  });
  const refreshToken = await refreshTokens.issue(unit.db, session.id, now);
  unit.emit({
    type: 'identity.session.started',
    actorId: user.id,
    requestId,
    subject: { type: 'session', id: session.id },
    data: { method: 'password' },
  });
  unit.wake(SESSIONS_TOPIC);
  const accessToken = await signer.sign({
    userId: user.id,
    sessionId: session.id,
    roles: user.roles,
    signedInAt: session.createdAt,
    issuedAt: now,
  });
  return { accessToken, expiresAt: signer.expiryOf(now), refreshToken, userId: user.id };
}
