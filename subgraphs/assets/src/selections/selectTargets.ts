import { may } from '@opsconductor/authz';
import { SELECTION_LIMIT } from '@opsconductor/fleet';
import type { SelectedTargets, Selection } from '@opsconductor/fleet';
import { FilterFault, parseFilter } from '@opsconductor/target-filter';
import type { Filter } from '@opsconductor/target-filter';
import type { Prisma, PrismaClient } from '../../generated/prisma/client.ts';
import type { Context } from '../context.ts';
import { readId } from '@opsconductor/subgraph';
import { conditionSql } from '../filters/groupsOfFilter.ts';
import { havingLabels } from '../targets/labels.ts';

type SelectedTarget = SelectedTargets['targets'][number];

/**
 * The targets that a selection names by id, those that have all of its labels, and those that its filter matches. For a
 * viewer who may not see targets there are none.
 */
export async function selectTargets(
  { viewer, prisma }: Context,
  { targetIds = [], labels = [], filter }: Selection,
): Promise<SelectedTargets> {
  if (!may(viewer, 'target:read')) return { targets: [], missingIds: targetIds, exceedsLimit: false };
  const read = filter === undefined ? undefined : readFilter(filter);
  if (read instanceof FilterFault)
    return { targets: [], missingIds: [], exceedsLimit: false, filterFault: read.message };
  const selected = await Promise.all([
    findNamed(prisma, targetIds),
    findLabelled(prisma, labels),
    read ? findMatching(prisma, read) : [],
  ]);
  const byId = new Map(selected.flat().map((target) => [target.id, target]));
  const exceedsLimit = byId.size > SELECTION_LIMIT;
  return {
    targets: exceedsLimit ? [] : [...byId.values()],
    missingIds: targetIds.filter((id) => !byId.has(readId(id) ?? '')),
    exceedsLimit,
  };
}

function readFilter(text: string): Filter | FilterFault {
  try {
    return parseFilter(text);
  } catch (error) {
    if (error instanceof FilterFault) return error;
    throw error;
  }
}

const select = { id: true, name: true, labels: { select: { key: true, value: true } } } as const;

function withLabels({ labels, ...target }: Prisma.TargetGetPayload<{ select: typeof select }>): SelectedTarget {
  return { ...target, labels: Object.fromEntries(labels.map(({ key, value }) => [key, value])) };
}

async function findNamed(prisma: PrismaClient, targetIds: readonly string[]): Promise<SelectedTarget[]> {
  const ids = [...new Set(targetIds.map(readId))].filter((id) => id !== undefined);
  if (ids.length === 0) return [];
  const rows = await prisma.target.findMany({ where: { id: { in: ids }, deletedAt: null }, select });
  return rows.map(withLabels);
}

async function findLabelled(prisma: PrismaClient, labels: Selection['labels'] & {}): Promise<SelectedTarget[]> {
  // All of no labels would be every target.
  if (labels.length === 0) return [];
  const rows = await prisma.target.findMany({
    where: { ...havingLabels(labels), deletedAt: null },
    select,
    take: SELECTION_LIMIT + 1,
  });
  return rows.map(withLabels);
}

async function findMatching(prisma: PrismaClient, filter: Filter): Promise<SelectedTarget[]> {
  const condition = await conditionSql(prisma, filter);
  return prisma.$queryRaw<SelectedTarget[]>`
    select t.id, t.name, coalesce(
        (select jsonb_object_agg(l.key, l.value) from target_labels l where l.target_id = t.id), '{}'::jsonb
      ) as labels
    from targets t where t.deleted_at is null and ${condition} limit ${SELECTION_LIMIT + 1}`;
}
