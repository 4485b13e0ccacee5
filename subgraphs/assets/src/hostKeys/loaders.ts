import DataLoader from 'dataloader';
import type { HostKey, PresentedKey, PrismaClient } from '../../generated/prisma/client.ts';

export interface HostKeyLoaders {
  /** Host keys of a target, revoked ones too, in the order in which they came. */
  readonly hostKeys: DataLoader<string, HostKey[]>;
  /** Keys that a target presented and nobody trusts, the last one seen first. */
  readonly presentedKeys: DataLoader<string, PresentedKey[]>;
}

export function createHostKeyLoaders(prisma: PrismaClient): HostKeyLoaders {
  return {
    hostKeys: new DataLoader(async (targetIds) => {
      const rows = await prisma.hostKey.findMany({
        where: { targetId: { in: [...targetIds] } },
        orderBy: { id: 'asc' },
      });
      const byTarget = Map.groupBy(rows, ({ targetId }) => targetId);
      return targetIds.map((id) => byTarget.get(id) ?? []);
    }),
    presentedKeys: new DataLoader(async (targetIds) => {
      const rows = await prisma.presentedKey.findMany({
        where: { targetId: { in: [...targetIds] } },
        orderBy: [{ lastSeenAt: 'desc' }, { id: 'desc' }],
      });
      const byTarget = Map.groupBy(rows, ({ targetId }) => targetId);
      return targetIds.map((id) => byTarget.get(id) ?? []);
    }),
  };
}
