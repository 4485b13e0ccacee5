import { requirePermission } from '@opsconductor/authz';
import type { Context } from '../context.ts';
import { readId } from '@opsconductor/subgraph';
import { TargetNotFound } from './refusals.ts';
import { TARGETS_TOPIC, targetTopic } from './topics.ts';

/**
 * Marks a target as deleted, which frees its name. Its row stays for what was recorded about it.
 * @returns its id
 * @throws {TargetNotFound} there is none, or it is deleted already
 */
export async function deleteTarget(context: Context, id: string): Promise<string> {
  const { userId } = requirePermission(context.viewer, 'target:write');
  const { transact, loaders, clock, requestId } = context;
  const known = readId(id);
  if (known === undefined) throw new TargetNotFound(id);
  await transact(async (unit) => {
    const [deleted] = await unit.db.target.updateManyAndReturn({
      where: { id: known, deletedAt: null },
      data: { deletedAt: clock() },
      select: { name: true },
    });
    if (!deleted) throw new TargetNotFound(id);
    unit.emit({
      type: 'assets.target.deleted',
      actorId: userId,
      requestId,
      subject: { type: 'target', id: known },
      data: { name: deleted.name },
    });
    unit.wake(TARGETS_TOPIC);
    unit.wake(targetTopic(known));
  });
  loaders.target.clear(known);
  return known;
}
