import DataLoader from 'dataloader';
import type { PrismaClient, TargetService } from '../../generated/prisma/client.ts';
import { builtInServices } from './builtInServices.ts';
import type { Service } from './builtInServices.ts';
import { asService } from './services.ts';

export interface ServiceLoaders {
  /** Services of a target, the default one first. */
  readonly services: DataLoader<string, TargetService[]>;
  readonly serviceDefinition: DataLoader<string, Service>;
}

export function createServiceLoaders(prisma: PrismaClient): ServiceLoaders {
  return {
    services: new DataLoader(async (targetIds) => {
      const rows = await prisma.targetService.findMany({
        where: { targetId: { in: [...targetIds] } },
        orderBy: [{ isDefault: 'desc' }, { definition: 'asc' }, { port: 'asc' }],
      });
      const byTarget = Map.groupBy(rows, ({ targetId }) => targetId);
      return targetIds.map((id) => byTarget.get(id) ?? []);
    }),
    serviceDefinition: new DataLoader(async (keys) => {
      const others = keys.filter((key) => !builtInServices.has(key));
      const added =
        others.length === 0 ? [] : await prisma.serviceDefinition.findMany({ where: { key: { in: others } } });
      const byKey = new Map(added.map((row) => [row.key, asService(row)]));
      return keys.map(
        (key) => builtInServices.get(key) ?? byKey.get(key) ?? new Error(`No service definition is called ${key}.`),
      );
    }),
  };
}
