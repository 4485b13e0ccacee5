import type { Unit } from '@opsconductor/events';
import type { Context, Db } from '../context.ts';
import type { TokenSigner } from '../tokens/accessTokens.ts';
import type { Account } from '../users/account.ts';

/** A session and the access token that proves it. */
export interface StartedSession {
  readonly accessToken: string;
  readonly expiresAt: Date;
  readonly userId: string;
}

/** Starts a session for somebody who has just proved who they are. */
export async function startSession(
  unit: Unit<Db>,
  { clock, requestId }: Pick<Context, 'clock' | 'requestId'>,
  signer: TokenSigner,
  user: Account,
): Promise<StartedSession> {
  const signedInAt = clock();
  const expiresAt = signer.expiryOf(signedInAt);
  const { id } = await unit.db.session.create({ data: { userId: user.id, createdAt: signedInAt, expiresAt } });
  unit.emit({
    type: 'identity.session.started',
    actorId: user.id,
    requestId,
    subject: { type: 'session', id },
    data: { method: 'password' },
  });
  const accessToken = await signer.sign({ userId: user.id, sessionId: id, roles: user.roles, signedInAt });
  return { accessToken, expiresAt, userId: user.id };
}
