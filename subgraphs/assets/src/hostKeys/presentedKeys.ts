import { requirePermission } from '@opsconductor/authz';
import { InvalidInput, readId } from '@opsconductor/subgraph';
import type { ApproveHostKeyInput, RejectHostKeyInput } from '../../generated/graphql.ts';
import type { PresentedKey, Target } from '../../generated/prisma/client.ts';
import type { Context, Db } from '../context.ts';
import { isPrintable } from '../input/text.ts';
import { TargetNotFound } from '../targets/refusals.ts';
import { lockTarget } from '../targets/targets.ts';
import { TARGETS_TOPIC, targetTopic } from '../targets/topics.ts';
import type { HostKeyOfTarget } from './hostKeys.ts';
import { refreshHostKeyState } from './hostKeyState.ts';
import type { PublicKey } from './publicKey.ts';
import { HostKeyNotFound } from './refusals.ts';
import type { Mismatch } from './verdict.ts';

/** A host that shows another key each time fills no table. */
const KEPT = 10;
const REASON_CHARACTERS = 500;

/** Keys that a target presented and nobody trusts, the last one seen first. */
export async function listPresentedKeys({ viewer, loaders }: Context, targetId: string): Promise<PresentedKey[]> {
  requirePermission(viewer, 'target:read');
  return loaders.presentedKeys.load(targetId);
}

/** Remembers a key that was refused, for a person to decide about. Under the lock of the target's row. */
export async function recordPresented(
  db: Db,
  target: { readonly id: string },
  { algorithm, publicKey, fingerprint }: PublicKey,
  verdict: Mismatch,
  { executionId, seenAt }: { executionId: string; seenAt: Date },
): Promise<void> {
  const place = { targetId: target.id, fingerprint };
  await db.presentedKey.upsert({
    where: { targetId_fingerprint: place },
    create: { ...place, algorithm, publicKey, verdict, executionId, firstSeenAt: seenAt, lastSeenAt: seenAt },
    update: { verdict, executionId, lastSeenAt: seenAt },
  });
  const kept = await db.presentedKey.findMany({
    where: { targetId: target.id },
    orderBy: { lastSeenAt: 'desc' },
    take: KEPT,
    select: { id: true },
  });
  await db.presentedKey.deleteMany({ where: { targetId: target.id, id: { notIn: kept.map(({ id }) => id) } } });
  await refreshHostKeyState(db, target.id);
}

/**
 * Trusts a key that a target presented.
 * @throws {InvalidInput} {@link TargetNotFound} {@link HostKeyNotFound}
 */
export async function approveHostKey(context: Context, input: ApproveHostKeyInput): Promise<HostKeyOfTarget> {
  return decide(context, input, async (unit, target, { algorithm, publicKey, fingerprint }, by) => {
    const now = context.clock();
    const targetId = target.id;
    const replaced = input.keepOthers
      ? { count: 0 }
      : await unit.db.hostKey.updateMany({
          where: { targetId, revokedAt: null, NOT: { fingerprint } },
          data: { revokedAt: now },
        });
    const data = { origin: 'OPERATOR', pinnedAt: now, revokedAt: null } as const;
    const hostKey = await unit.db.hostKey.upsert({
      where: { targetId_fingerprint: { targetId, fingerprint } },
      create: { targetId, algorithm, publicKey, fingerprint, ...data },
      update: data,
    });
    unit.emit({
      type: 'assets.hostKey.approved',
      subject: { type: 'hostKey', id: hostKey.id },
      data: { targetId, algorithm, fingerprint, reason: input.reason, replaced: replaced.count },
      ...by,
    });
    return { target, hostKey };
  });
}

/** Revokes a key that a target presented. @throws {InvalidInput} {@link TargetNotFound} {@link HostKeyNotFound} */
export async function rejectHostKey(context: Context, input: RejectHostKeyInput): Promise<Target> {
  return decide(context, input, async (unit, target, { algorithm, publicKey, fingerprint }, by) => {
    const targetId = target.id;
    const revokedAt = context.clock();
    const hostKey = await unit.db.hostKey.upsert({
      where: { targetId_fingerprint: { targetId, fingerprint } },
      create: { targetId, algorithm, publicKey, fingerprint, origin: 'OPERATOR', pinnedAt: revokedAt, revokedAt },
      update: { revokedAt },
    });
    unit.emit({
      type: 'assets.hostKey.rejected',
      subject: { type: 'hostKey', id: hostKey.id },
      data: { targetId, algorithm, fingerprint, reason: input.reason },
      ...by,
    });
    return target;
  });
}

type Unit = Parameters<Parameters<Context['transact']>[0]>[0];
interface Actor {
  readonly actorId: string;
  readonly requestId: string;
}

async function decide<Result>(
  context: Context,
  { targetId, presentedKeyId, reason }: RejectHostKeyInput,
  write: (unit: Unit, target: Target, presented: PresentedKey, by: Actor) => Promise<Result>,
): Promise<Result> {
  const { userId } = requirePermission(context.viewer, 'target:write');
  const { transact, loaders, requestId } = context;
  if (reason.trim() === '' || reason.length > REASON_CHARACTERS || !isPrintable(reason))
    throw new InvalidInput('reason', `Say why, in 1 to ${REASON_CHARACTERS} printable characters.`);
  const id = readId(targetId);
  const keyId = readId(presentedKeyId);
  if (id === undefined) throw new TargetNotFound(targetId);
  const decided = await transact(async (unit) => {
    const target = await lockTarget(unit.db, id);
    if (!target) throw new TargetNotFound(targetId);
    const presented =
      keyId === undefined ? null : await unit.db.presentedKey.findFirst({ where: { id: keyId, targetId: id } });
    if (!presented) throw new HostKeyNotFound();
    const result = await write(unit, target, presented, { actorId: userId, requestId });
    await unit.db.presentedKey.delete({ where: { id: presented.id } });
    await refreshHostKeyState(unit.db, id);
    unit.wake(TARGETS_TOPIC);
    unit.wake(targetTopic(id));
    return result;
  });
  for (const loader of [loaders.target, loaders.hostKeys, loaders.presentedKeys]) loader.clear(id);
  return decided;
}
