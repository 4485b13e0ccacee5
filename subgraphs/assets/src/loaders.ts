import type { PrismaClient } from '../generated/prisma/client.ts';
import { createCredentialLoaders } from './credentials/loaders.ts';
import type { CredentialLoaders } from './credentials/loaders.ts';
import { createHostKeyLoaders } from './hostKeys/loaders.ts';
import type { HostKeyLoaders } from './hostKeys/loaders.ts';
import { createTargetLoaders } from './targets/loaders.ts';
import type { TargetLoaders } from './targets/loaders.ts';

/** One DataLoader per key shape, for one request: any number of keys is one statement. */
export interface Loaders extends TargetLoaders, CredentialLoaders, HostKeyLoaders {}

export function createLoaders(prisma: PrismaClient): Loaders {
  return { ...createTargetLoaders(prisma), ...createCredentialLoaders(prisma), ...createHostKeyLoaders(prisma) };
}
