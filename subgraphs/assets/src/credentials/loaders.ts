import DataLoader from 'dataloader';
import { isId } from '@opsconductor/subgraph';
import type { Credential, CredentialBinding, CustomKind, PrismaClient } from '../../generated/prisma/client.ts';
import { findEffective } from './effectiveCredentials.ts';
import type { EffectiveChoice } from './effectiveCredentials.ts';
import type { PublicVersion } from './versions.ts';

export interface CredentialLoaders {
  readonly credential: DataLoader<string, Credential | null>;
  /** Newest first. */
  readonly versions: DataLoader<string, PublicVersion[]>;
  /** The one that demands most first. */
  readonly bindings: DataLoader<string, CredentialBinding[]>;
  readonly customKind: DataLoader<string, CustomKind | null>;
  /** By target: what its credential is, and why. */
  readonly effectiveChoice: DataLoader<string, EffectiveChoice | null>;
}

export function createCredentialLoaders(prisma: PrismaClient): CredentialLoaders {
  return {
    credential: new DataLoader(async (ids) => {
      const rows = await prisma.credential.findMany({ where: { id: { in: ids.filter(isId) } } });
      const byId = new Map(rows.map((row) => [row.id, row]));
      return ids.map((id) => byId.get(id) ?? null);
    }),
    versions: new DataLoader(async (credentialIds) => {
      const rows = await prisma.credentialVersion.findMany({
        where: { credentialId: { in: [...credentialIds] } },
        orderBy: { version: 'desc' },
        omit: { sealed: true, keyId: true },
      });
      const byCredential = Map.groupBy(rows, ({ credentialId }) => credentialId);
      return credentialIds.map((id) => byCredential.get(id) ?? []);
    }),
    bindings: new DataLoader(async (credentialIds) => {
      const rows = await prisma.credentialBinding.findMany({
        where: { credentialId: { in: [...credentialIds] } },
        orderBy: [{ specificity: 'desc' }, { id: 'desc' }],
      });
      const byCredential = Map.groupBy(rows, ({ credentialId }) => credentialId);
      return credentialIds.map((id) => byCredential.get(id) ?? []);
    }),
    customKind: new DataLoader(async (ids) => {
      const rows = await prisma.customKind.findMany({ where: { id: { in: [...ids] } } });
      const byId = new Map(rows.map((row) => [row.id, row]));
      return ids.map((id) => byId.get(id) ?? null);
    }),
    effectiveChoice: new DataLoader(async (targetIds) => {
      const choices = await findEffective(prisma, targetIds);
      return targetIds.map((id) => choices.get(id) ?? null);
    }),
  };
}
