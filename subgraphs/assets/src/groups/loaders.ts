import DataLoader from 'dataloader';
import type { PrismaClient, TargetGroup } from '../../generated/prisma/client.ts';
import { isId } from '@opsconductor/subgraph';
import { readMemberships } from './memberships.ts';

export interface GroupCounts {
  /** Targets in the group itself. */
  readonly own: number;
  /** Targets in the group or below it, each once. */
  readonly total: number;
}

export interface GroupLoaders {
  readonly group: DataLoader<string, TargetGroup | null>;
  readonly childGroups: DataLoader<string, TargetGroup[]>;
  readonly groupCounts: DataLoader<string, GroupCounts>;
  /** Groups that a target is in itself, by path. */
  readonly groupsOfTarget: DataLoader<string, TargetGroup[]>;
}

export function createGroupLoaders(prisma: PrismaClient): GroupLoaders {
  return {
    group: new DataLoader(async (ids) => {
      const rows = await prisma.targetGroup.findMany({ where: { id: { in: ids.filter(isId) } } });
      const byId = new Map(rows.map((row) => [row.id, row]));
      return ids.map((id) => byId.get(id) ?? null);
    }),
    childGroups: new DataLoader(async (parentIds) => {
      const rows = await prisma.targetGroup.findMany({
        where: { parentId: { in: [...parentIds] } },
        orderBy: { path: 'asc' },
      });
      const byParent = Map.groupBy(rows, ({ parentId }) => parentId);
      return parentIds.map((id) => byParent.get(id) ?? []);
    }),
    groupCounts: new DataLoader(async (ids) => {
      const rows = await countMembers(prisma, ids);
      const byId = new Map(rows.map(({ id, own, total }) => [id, { own, total }]));
      return ids.map((id) => byId.get(id) ?? { own: 0, total: 0 });
    }),
    groupsOfTarget: new DataLoader(async (targetIds) => {
      const memberships = await readMemberships(prisma);
      const rows = await prisma.$queryRaw<{ targetId: string; groupId: string }[]>`
        with memberships as (${memberships.sql})
        select m.target_id as "targetId", m.group_id as "groupId" from memberships m
        where m.target_id = any(${[...targetIds]}::uuid[])`;
      const groupIds = [...new Set(rows.map(({ groupId }) => groupId))];
      const groups = await prisma.targetGroup.findMany({ where: { id: { in: groupIds } }, orderBy: { path: 'asc' } });
      const byTarget = Map.groupBy(rows, ({ targetId }) => targetId);
      return targetIds.map((id) => {
        const own = new Set((byTarget.get(id) ?? []).map(({ groupId }) => groupId));
        return groups.filter((group) => own.has(group.id));
      });
    }),
  };
}

/** One statement for all groups, after the one that reads the filters of dynamic groups. */
async function countMembers(prisma: PrismaClient, ids: readonly string[]) {
  const memberships = await readMemberships(prisma);
  return prisma.$queryRaw<(GroupCounts & { id: string })[]>`
    with memberships as materialized (${memberships.sql})
    select top.id, count(distinct m.target_id) filter (where m.group_id = top.id)::int as own,
      count(distinct m.target_id)::int as total
    from target_groups top
    join target_groups below on below.path = top.path or starts_with(below.path, top.path || '/')
    join memberships m on m.group_id = below.id
    where top.id = any(${[...ids]}::uuid[])
    group by top.id`;
}
