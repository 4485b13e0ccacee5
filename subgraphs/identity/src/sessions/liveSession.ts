import { Unauthenticated } from '@opsconductor/authz';
import type { UserViewer } from '@opsconductor/authz';
import { isId } from '@opsconductor/subgraph';
import type { PrismaClient } from '../../generated/prisma/client.ts';
import type { Db } from '../context.ts';
import { withoutHash } from '../users/account.ts';
import type { Account } from '../users/account.ts';

/**
 * The account behind the session of a viewer. An access token outlives the session it was made for by minutes: what
 * has to hold at once asks here.
 * @throws {Unauthenticated} the session has ended, or its user is disabled
 */
export async function getLiveAccount(
  db: Pick<PrismaClient, 'session' | 'apiKey'>,
  { sessionId, apiKeyId, userId }: UserViewer,
  now: Date,
): Promise<Account> {
  if (apiKeyId !== undefined) return getOwnerOfKey(db, apiKeyId, userId, now);
  const session = isId(sessionId)
    ? await db.session.findFirst({
        where: { id: sessionId, userId, endedAt: null, expiresAt: { gt: now }, user: { status: 'ACTIVE' } },
        select: { user: { omit: withoutHash } },
      })
    : null;
  if (!session) throw new Unauthenticated('This session has ended: sign in again.');
  return session.user;
}

async function getOwnerOfKey(
  db: Pick<PrismaClient, 'apiKey'>,
  id: string,
  ownerId: string,
  now: Date,
): Promise<Account> {
  const key = await db.apiKey.findFirst({
    where: { id, ownerId, revokedAt: null, expiresAt: { gt: now }, owner: { status: 'ACTIVE' } },
    select: { owner: { omit: withoutHash } },
  });
  if (!key) throw new Unauthenticated('This API key does not hold any more.');
  return key.owner;
}

/**
 * As {@link getLiveAccount}, inside a transaction that changes something: the viewer cannot be disabled before its end.
 * @throws {Unauthenticated}
 */
export async function requireLiveSession(db: Db, viewer: UserViewer, now: Date): Promise<void> {
  await lockActiveUser(db, viewer.userId);
  await getLiveAccount(db, viewer, now);
}

/** Keeps a user from being disabled until the transaction ends. @returns false when they are already, or unknown */
export async function lockActiveUser(db: Db, userId: string): Promise<boolean> {
  const rows = await db.$queryRaw<unknown[]>`
    select id from users where id = ${userId}::uuid and status = 'ACTIVE' for share`;
  return rows.length === 1;
}
