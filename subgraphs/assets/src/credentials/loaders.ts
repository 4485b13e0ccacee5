import DataLoader from 'dataloader';
import type { Credential, PrismaClient } from '../../generated/prisma/client.ts';

/** A credential without its sealed secret, which only releases read. */
export type PublicCredential = Omit<Credential, 'sealed'>;

export interface CredentialLoaders {
  readonly credential: DataLoader<string, PublicCredential | null>;
}

export function createCredentialLoaders(prisma: PrismaClient): CredentialLoaders {
  return {
    credential: new DataLoader(async (ids) => {
      const rows = await prisma.credential.findMany({ where: { id: { in: [...ids] } }, omit: { sealed: true } });
      const byId = new Map(rows.map((row) => [row.id, row]));
      return ids.map((id) => byId.get(id) ?? null);
    }),
  };
}
