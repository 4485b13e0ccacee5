import DataLoader from 'dataloader';
import type { MaintenanceWindow, PrismaClient } from '../../generated/prisma/client.ts';

export interface MaintenanceLoaders {
  /** Windows of a target that have not ended, soonest first. */
  readonly maintenance: DataLoader<string, MaintenanceWindow[]>;
}

export function createMaintenanceLoaders(prisma: PrismaClient, clock: () => Date): MaintenanceLoaders {
  return {
    maintenance: new DataLoader(async (targetIds) => {
      const rows = await prisma.maintenanceWindow.findMany({
        where: { targetId: { in: [...targetIds] }, endsAt: { gt: clock() } },
        orderBy: [{ startsAt: 'asc' }, { id: 'asc' }],
      });
      const byTarget = Map.groupBy(rows, ({ targetId }) => targetId);
      return targetIds.map((id) => byTarget.get(id) ?? []);
    }),
  };
}
