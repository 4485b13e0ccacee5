import { requirePermission } from '@opsconductor/authz';
import { InvalidInput, readId } from '@opsconductor/subgraph';
import type { GroupMembersInput } from '../../generated/graphql.ts';
import type { TargetGroup } from '../../generated/prisma/client.ts';
import type { Context } from '../context.ts';
import { TargetNotFound } from '../targets/refusals.ts';
import { TARGETS_TOPIC } from '../targets/topics.ts';
import { GROUPS_TOPIC } from './topics.ts';
import { requireGroup } from './tree.ts';

const AT_ONCE = 5_000;

export interface ChangedMembers {
  readonly group: TargetGroup;
  readonly changed: number;
}

/** @throws {InvalidInput} {@link TargetGroupNotFound} {@link TargetNotFound} one of them is none: nothing is changed */
export async function addMembers(context: Context, input: GroupMembersInput): Promise<ChangedMembers> {
  return changeMembers(context, input, 'added', async (db, group, ids) => {
    const there = await db.target.findMany({ where: { id: { in: ids }, deletedAt: null }, select: { id: true } });
    const found = new Set(there.map(({ id }) => id));
    const missing = ids.filter((id) => !found.has(id));
    if (missing.length > 0) throw new TargetNotFound(...missing);
    const { count } = await db.groupMember.createMany({
      data: ids.map((targetId) => ({ groupId: group.id, targetId })),
      skipDuplicates: true,
    });
    return count;
  });
}

/** @throws {InvalidInput} {@link TargetGroupNotFound} {@link TargetNotFound} an id that has not the form of one */
export async function removeMembers(context: Context, input: GroupMembersInput): Promise<ChangedMembers> {
  return changeMembers(context, input, 'removed', async (db, group, ids) => {
    const { count } = await db.groupMember.deleteMany({ where: { groupId: group.id, targetId: { in: ids } } });
    return count;
  });
}

type Db = Parameters<Parameters<Context['transact']>[0]>[0]['db'];

async function changeMembers(
  context: Context,
  { groupId, targetIds }: GroupMembersInput,
  verb: 'added' | 'removed',
  change: (db: Db, group: TargetGroup, ids: string[]) => Promise<number>,
): Promise<ChangedMembers> {
  const { userId } = requirePermission(context.viewer, 'group:write');
  const { transact, requestId, loaders } = context;
  if (targetIds.length > AT_ONCE) throw new InvalidInput('targetIds', `At most ${AT_ONCE} targets at once.`);
  const ids = [...new Set(targetIds)].map((id) => {
    const known = readId(id);
    if (known === undefined) throw new TargetNotFound(id);
    return known;
  });
  const result = await transact(async (unit) => {
    const group = await requireGroup(unit.db, groupId);
    const changed = await change(unit.db, group, ids);
    if (changed > 0) {
      unit.emit({
        type: `assets.targetGroup.members${verb === 'added' ? 'Added' : 'Removed'}`,
        actorId: userId,
        requestId,
        subject: { type: 'targetGroup', id: group.id },
        data: { path: group.path, targets: changed },
      });
      unit.wake(GROUPS_TOPIC);
      unit.wake(TARGETS_TOPIC);
    }
    return { group, changed };
  });
  loaders.groupCounts.clearAll();
  loaders.groupsOfTarget.clearAll();
  return result;
}
