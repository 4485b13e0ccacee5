import { checkVault } from '@opsconductor/vault';
import type { Vault } from '@opsconductor/vault';
import type { PrismaClient } from '../generated/prisma/client.ts';

const CANARY_ID = 1;

/**
 * Proves that the vault seals, and that its root key is the one that this schema's secrets are sealed under.
 * @throws {StartupFault}
 */
export async function checkStoredVault(prisma: PrismaClient, vault: Vault): Promise<void> {
  const place = { table: 'vault_canaries', row: String(CANARY_ID), field: 'sealed', version: 1 };
  await checkVault(vault, place, async (sealed) => {
    await prisma.vaultCanary.createMany({ data: { id: CANARY_ID, sealed }, skipDuplicates: true });
    const canary = await prisma.vaultCanary.findUniqueOrThrow({ where: { id: CANARY_ID } });
    return canary.sealed;
  });
}
