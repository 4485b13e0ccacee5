import { requirePermission } from '@opsconductor/authz';
import { InvalidInput } from '@opsconductor/subgraph';
import type { PinHostKeyInput } from '../../generated/graphql.ts';
import type { HostKey } from '../../generated/prisma/client.ts';
import type { Context, Db } from '../context.ts';
import { readId } from '@opsconductor/subgraph';
import { TargetNotFound } from '../targets/refusals.ts';
import { lockTarget } from '../targets/targets.ts';
import { TARGETS_TOPIC, targetTopic } from '../targets/topics.ts';
import { hostKeyEvent } from './hostKeyEvent.ts';
import { refreshHostKeyState } from './hostKeyState.ts';
import type { HostKeyOfTarget } from './hostKeys.ts';
import { parsePublicKeyLine } from './publicKey.ts';
import type { PublicKey } from './publicKey.ts';

const KEY_LIMIT = 50;

/**
 * Trusts a key by an operator's word, which is above what happened before: a key of first use becomes the operator's,
 * and a revoked one is trusted again.
 * @throws {InvalidInput} {@link TargetNotFound}
 */
export async function pinHostKey(context: Context, { targetId, publicKey }: PinHostKeyInput): Promise<HostKeyOfTarget> {
  const { userId } = requirePermission(context.viewer, 'target:write');
  const { transact, loaders, clock, requestId } = context;
  const id = readId(targetId);
  if (id === undefined) throw new TargetNotFound(targetId);
  const key = parsePublicKeyLine(publicKey);
  if (!key)
    throw new InvalidInput(
      'publicKey',
      'Give a line of a known_hosts or *.pub file: ssh-ed25519 AAAA... (or ECDSA, RSA).',
    );
  const pinned = await transact(async (unit) => {
    const target = await lockTarget(unit.db, id);
    if (!target) throw new TargetNotFound(targetId);
    const known = await unit.db.hostKey.findMany({ where: { targetId: id } });
    const same = known.find((each) => each.fingerprint === key.fingerprint);
    if (same?.origin === 'OPERATOR' && !same.revokedAt) return { target, hostKey: same };
    if (!same && known.length >= KEY_LIMIT)
      throw new InvalidInput('targetId', `A target has at most ${KEY_LIMIT} host keys, revoked ones included.`);
    const hostKey = await write(unit.db, id, same, key, clock());
    await unit.db.presentedKey.deleteMany({ where: { targetId: id, fingerprint: key.fingerprint } });
    await refreshHostKeyState(unit.db, id);
    unit.emit(hostKeyEvent('assets.hostKey.pinned', hostKey, { actorId: userId, requestId }));
    unit.wake(TARGETS_TOPIC);
    unit.wake(targetTopic(id));
    return { target, hostKey };
  });
  for (const loader of [loaders.target, loaders.hostKeys, loaders.presentedKeys]) loader.clear(id);
  return pinned;
}

function write(db: Db, targetId: string, same: HostKey | undefined, key: PublicKey, pinnedAt: Date): Promise<HostKey> {
  const data = { origin: 'OPERATOR', pinnedAt, revokedAt: null } as const;
  return same
    ? db.hostKey.update({ where: { id: same.id }, data })
    : db.hostKey.create({ data: { targetId, ...key, ...data } });
}
