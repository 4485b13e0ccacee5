import { principalTopic, requirePermission } from '@opsconductor/authz';
import type { Unit } from '@opsconductor/events';
import { isId } from '@opsconductor/subgraph';
import type { Context, Db } from '../context.ts';
import { endSessions } from '../sessions/endSessions.ts';
import { requireLiveSession } from '../sessions/liveSession.ts';
import { withoutHash } from './account.ts';
import type { Account } from './account.ts';
import { LastAdministrator, UserNotFound } from './refusals.ts';

/**
 * Disables a user and ends their sessions. Disabling twice is the same as once.
 * @throws {UserNotFound} {@link LastAdministrator}
 */
export async function disableUser(context: Context, id: string): Promise<Account> {
  const viewer = requirePermission(context.viewer, 'user:write');
  const { transact, requestId, clock } = context;
  if (!isId(id)) throw new UserNotFound();
  return transact(async (unit) => {
    // One after another: else the last two administrators could be disabled at once, each because of the other.
    await unit.db.$executeRaw`select pg_advisory_xact_lock(hashtextextended('identity.administrators', 0))`;
    await requireLiveSession(unit.db, viewer, clock());
    const user = await unit.db.user.findUnique({ where: { id }, omit: withoutHash });
    if (!user) throw new UserNotFound();
    if (user.status === 'DISABLED') return user;
    if (await isLastAdministrator(unit, user)) throw new LastAdministrator();
    const disabled = await unit.db.user.update({ where: { id }, data: { status: 'DISABLED' }, omit: withoutHash });
    const cause = { actorId: viewer.userId, requestId };
    unit.emit({ type: 'identity.user.disabled', ...cause, subject: { type: 'user', id } });
    unit.wake(principalTopic(user.id));
    await endSessions(unit, { userId: id }, 'userDisabled', clock(), cause);
    return disabled;
  });
}

async function isLastAdministrator({ db }: Unit<Db>, { id, roles }: Account): Promise<boolean> {
  if (!roles.includes('ADMIN')) return false;
  const others = await db.user.count({ where: { id: { not: id }, status: 'ACTIVE', roles: { has: 'ADMIN' } } });
  return others === 0;
}
