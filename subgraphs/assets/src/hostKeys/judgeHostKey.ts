import type { PresentedHostKey } from '@opsconductor/fleet';
import type { Context } from '../context.ts';
import { lockTarget } from '../targets/targets.ts';
import { TARGETS_TOPIC, targetTopic } from '../targets/topics.ts';
import { actorOf } from '../actor.ts';
import { hostKeyEvent } from './hostKeyEvent.ts';
import { refreshHostKeyState } from './hostKeyState.ts';
import { recordPresented } from './presentedKeys.ts';
import { parsePublicKey } from './publicKey.ts';
import type { PublicKey } from './publicKey.ts';
import { judge } from './verdict.ts';

/**
 * Decides whether an executor may trust the key that a target presents, and pins it when the verdict is first use.
 * For executors only, which the route sees to. A key that is known needs no lock; everything else is decided under the
 * lock of the target's row, so that of two different first keys at once only one is accepted.
 * @returns whether to go on; false for a target that does not exist and for bytes that are no key
 */
export async function judgeHostKey(context: Context, presented: PresentedHostKey): Promise<boolean> {
  const { prisma } = context;
  const key = parsePublicKey(presented.algorithm, presented.publicKey);
  const target = await prisma.target.findFirst({
    where: { id: presented.targetId, deletedAt: null },
    select: { hostKeyPolicy: true, hostKeys: { select: { publicKey: true, revokedAt: true } } },
  });
  if (!key || !target) return false;
  return judge(target.hostKeyPolicy, target.hostKeys, key.publicKey) === 'ACCEPTED' || decide(context, presented, key);
}

function decide(context: Context, { targetId, executionId }: PresentedHostKey, key: PublicKey): Promise<boolean> {
  const { transact, requestId, clock } = context;
  const by = { actorId: actorOf(context), requestId };
  return transact(async (unit) => {
    const target = await lockTarget(unit.db, targetId);
    if (!target) return false;
    const known = await unit.db.hostKey.findMany({ where: { targetId } });
    const verdict = judge(target.hostKeyPolicy, known, key.publicKey);
    if (verdict === 'ACCEPTED') return true;
    if (verdict === 'FIRST_USE') {
      const pinned = await unit.db.hostKey.create({
        data: { targetId, ...key, origin: 'FIRST_USE', pinnedAt: clock() },
      });
      await refreshHostKeyState(unit.db, targetId);
      unit.emit(hostKeyEvent('assets.hostKey.pinned', pinned, by));
      unit.wake(TARGETS_TOPIC);
      unit.wake(targetTopic(targetId));
      return true;
    }
    await recordPresented(unit.db, target, key, verdict, { executionId, seenAt: clock() });
    unit.wake(TARGETS_TOPIC);
    unit.wake(targetTopic(targetId));
    const { algorithm, fingerprint } = key;
    unit.emit({
      type: 'assets.hostKey.mismatched',
      subject: { type: 'target', id: targetId },
      data: { executionId, algorithm, fingerprint, reason: verdict },
      ...by,
    });
    return false;
  });
}
