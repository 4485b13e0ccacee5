import DataLoader from 'dataloader';
import type { PrismaClient, Target, TargetAttribute } from '../../generated/prisma/client.ts';
import type { Loaders } from '../loaders.ts';
import type { Label } from './labels.ts';

export interface TargetLoaders {
  /** Null for one that is deleted. */
  readonly target: DataLoader<string, Target | null>;
  /** Labels of a target, by key. */
  readonly labels: DataLoader<string, Label[]>;
  /** Custom attributes of a target, by key. */
  readonly attributes: DataLoader<string, TargetAttribute[]>;
}

export function createTargetLoaders(prisma: PrismaClient): TargetLoaders {
  return {
    target: new DataLoader(async (ids) => {
      const rows = await prisma.target.findMany({ where: { id: { in: [...ids] }, deletedAt: null } });
      const byId = new Map(rows.map((row) => [row.id, row]));
      return ids.map((id) => byId.get(id) ?? null);
    }),
    labels: new DataLoader(async (targetIds) => {
      const rows = await prisma.targetLabel.findMany({
        where: { targetId: { in: [...targetIds] } },
        orderBy: { key: 'asc' },
      });
      const byTarget = Map.groupBy(rows, ({ targetId }) => targetId);
      return targetIds.map((id) => byTarget.get(id) ?? []);
    }),
    attributes: new DataLoader(async (targetIds) => {
      const rows = await prisma.targetAttribute.findMany({
        where: { targetId: { in: [...targetIds] } },
        orderBy: { key: 'asc' },
      });
      const byTarget = Map.groupBy(rows, ({ targetId }) => targetId);
      return targetIds.map((id) => byTarget.get(id) ?? []);
    }),
  };
}

/** Forgets what this request has read of a target that it changed. */
export function clearTarget(loaders: Loaders, target: Target): void {
  const { id } = target;
  loaders.target.clear(id).prime(id, target);
  for (const loader of [loaders.labels, loaders.attributes, loaders.services, loaders.groupsOfTarget]) loader.clear(id);
}
