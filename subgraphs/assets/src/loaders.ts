import type { PrismaClient } from '../generated/prisma/client.ts';
import { createCredentialLoaders } from './credentials/loaders.ts';
import type { CredentialLoaders } from './credentials/loaders.ts';
import { createGroupLoaders } from './groups/loaders.ts';
import type { GroupLoaders } from './groups/loaders.ts';
import { createHostKeyLoaders } from './hostKeys/loaders.ts';
import type { HostKeyLoaders } from './hostKeys/loaders.ts';
import { createMaintenanceLoaders } from './maintenance/loaders.ts';
import type { MaintenanceLoaders } from './maintenance/loaders.ts';
import { createServiceLoaders } from './services/loaders.ts';
import type { ServiceLoaders } from './services/loaders.ts';
import { createTargetLoaders } from './targets/loaders.ts';
import type { TargetLoaders } from './targets/loaders.ts';

/** One DataLoader per key shape, for one request: any number of keys costs a constant number of statements. */
export interface Loaders
  extends TargetLoaders, CredentialLoaders, HostKeyLoaders, GroupLoaders, ServiceLoaders, MaintenanceLoaders {}

export function createLoaders(prisma: PrismaClient, clock: () => Date): Loaders {
  return {
    ...createTargetLoaders(prisma),
    ...createCredentialLoaders(prisma),
    ...createHostKeyLoaders(prisma),
    ...createGroupLoaders(prisma),
    ...createServiceLoaders(prisma),
    ...createMaintenanceLoaders(prisma, clock),
  };
}
