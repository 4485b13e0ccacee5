import DataLoader from 'dataloader';
import type { PrismaClient } from '../../generated/prisma/client.ts';
import { withoutHash } from './account.ts';
import type { Account } from './account.ts';

/** For one request: any number of keys is one statement. */
export interface Loaders {
  readonly user: DataLoader<string, Account | null>;
}

export function createLoaders(prisma: PrismaClient): Loaders {
  return {
    user: new DataLoader(async (ids) => {
      const users = await prisma.user.findMany({ where: { id: { in: [...ids] } }, omit: withoutHash });
      const byId = new Map(users.map((user) => [user.id, user]));
      return ids.map((id) => byId.get(id.toLowerCase()) ?? null);
    }),
  };
}
