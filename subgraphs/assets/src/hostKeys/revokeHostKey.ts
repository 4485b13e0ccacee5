import { requirePermission } from '@opsconductor/authz';
import type { RevokeHostKeyInput } from '../../generated/graphql.ts';
import type { Context } from '../context.ts';
import { readId } from '@opsconductor/subgraph';
import { TargetNotFound } from '../targets/refusals.ts';
import { lockTarget } from '../targets/targets.ts';
import { TARGETS_TOPIC, targetTopic } from '../targets/topics.ts';
import { hostKeyEvent } from './hostKeyEvent.ts';
import { refreshHostKeyState } from './hostKeyState.ts';
import type { HostKeyOfTarget } from './hostKeys.ts';
import { HostKeyNotFound } from './refusals.ts';

/**
 * Stops trusting a key. Revoking twice is the same as once.
 * @throws {TargetNotFound} {@link HostKeyNotFound}
 */
export async function revokeHostKey(
  context: Context,
  { targetId, hostKeyId }: RevokeHostKeyInput,
): Promise<HostKeyOfTarget> {
  const { userId } = requirePermission(context.viewer, 'target:write');
  const { transact, loaders, clock, requestId } = context;
  const id = readId(targetId);
  const keyId = readId(hostKeyId);
  if (id === undefined) throw new TargetNotFound(targetId);
  const revoked = await transact(async (unit) => {
    const target = await lockTarget(unit.db, id);
    if (!target) throw new TargetNotFound(targetId);
    const hostKey =
      keyId === undefined ? null : await unit.db.hostKey.findFirst({ where: { id: keyId, targetId: id } });
    if (!hostKey) throw new HostKeyNotFound();
    if (hostKey.revokedAt) return { target, hostKey };
    const changed = await unit.db.hostKey.update({ where: { id: hostKey.id }, data: { revokedAt: clock() } });
    await refreshHostKeyState(unit.db, id);
    unit.emit(hostKeyEvent('assets.hostKey.revoked', changed, { actorId: userId, requestId }));
    unit.wake(TARGETS_TOPIC);
    unit.wake(targetTopic(id));
    return { target, hostKey: changed };
  });
  for (const loader of [loaders.target, loaders.hostKeys]) loader.clear(id);
  return revoked;
}
