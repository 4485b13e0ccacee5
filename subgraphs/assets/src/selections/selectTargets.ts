import { may } from '@opsconductor/authz';
import { SELECTION_LIMIT } from '@opsconductor/fleet';
import type { SelectedTargets, Selection } from '@opsconductor/fleet';
import type { PrismaClient } from '../../generated/prisma/client.ts';
import type { Context } from '../context.ts';
import { readId } from '@opsconductor/subgraph';
import { havingLabels } from '../targets/labels.ts';

type SelectedTarget = SelectedTargets['targets'][number];

/**
 * The targets that a selection names by id, and those that have all of its labels. For a viewer who may not see
 * targets there are none.
 */
export async function selectTargets(
  { viewer, prisma }: Context,
  { targetIds = [], labels = [] }: Selection,
): Promise<SelectedTargets> {
  if (!may(viewer, 'target:read')) return { targets: [], missingIds: targetIds, exceedsLimit: false };
  const [named, labelled] = await Promise.all([findNamed(prisma, targetIds), findLabelled(prisma, labels)]);
  const byId = new Map([...named, ...labelled].map((target) => [target.id, target]));
  const exceedsLimit = byId.size > SELECTION_LIMIT;
  return {
    targets: exceedsLimit ? [] : [...byId.values()],
    missingIds: targetIds.filter((id) => !byId.has(readId(id) ?? '')),
    exceedsLimit,
  };
}

async function findNamed(prisma: PrismaClient, targetIds: readonly string[]): Promise<SelectedTarget[]> {
  const ids = [...new Set(targetIds.map(readId))].filter((id) => id !== undefined);
  if (ids.length === 0) return [];
  return prisma.target.findMany({ where: { id: { in: ids }, deletedAt: null }, select: { id: true, name: true } });
}

async function findLabelled(prisma: PrismaClient, labels: Selection['labels'] & {}): Promise<SelectedTarget[]> {
  // All of no labels would be every target.
  if (labels.length === 0) return [];
  return prisma.target.findMany({
    where: { ...havingLabels(labels), deletedAt: null },
    select: { id: true, name: true },
    take: SELECTION_LIMIT + 1,
  });
}
