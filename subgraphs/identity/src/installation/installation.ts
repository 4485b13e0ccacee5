import { randomBytes } from 'node:crypto';
import { checkVault } from '@opsconductor/vault';
import type { Vault } from '@opsconductor/vault';
import type { Installation, PrismaClient } from '../../generated/prisma/client.ts';

const ADDRESS_KEY_BYTES = 32;

/** The one row about this installation. */
export const INSTALLATION_ID = 1;

/**
 * Makes the row about this installation where it is missing, and checks with the canary in it that the vault has the
 * root key that this installation was made with.
 * @throws {StartupFault}
 */
export async function openInstallation(prisma: PrismaClient, vault: Vault): Promise<Installation> {
  const addressKey = randomBytes(ADDRESS_KEY_BYTES);
  const place = { table: 'installation', row: String(INSTALLATION_ID), field: 'vault_canary', version: 1 };
  await checkVault(vault, place, async (vaultCanary) => {
    await prisma.installation.createMany({
      data: [{ id: INSTALLATION_ID, addressKey, vaultCanary }],
      skipDuplicates: true,
    });
    return (await getInstallation(prisma)).vaultCanary;
  });
  return getInstallation(prisma);
}

export function getInstallation(prisma: Pick<PrismaClient, 'installation'>): Promise<Installation> {
  return prisma.installation.findUniqueOrThrow({ where: { id: INSTALLATION_ID } });
}
