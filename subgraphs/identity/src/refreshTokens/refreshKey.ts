import { randomBytes } from 'node:crypto';
import { Secret } from '@opsconductor/vault';
import type { Vault } from '@opsconductor/vault';
import type { PrismaClient } from '../../generated/prisma/client.ts';
import { INSTALLATION_ID, getInstallation } from '../installation/installation.ts';

const KEY_BYTES = 32;
const place = { table: 'installation', row: String(INSTALLATION_ID), field: 'refresh_key', version: 1 };

/** The key of this installation that successors of refresh tokens are made with; made where it is missing. */
export async function openRefreshKey(prisma: PrismaClient, vault: Vault): Promise<Secret> {
  const sealed = vault.seal(Secret.from(randomBytes(KEY_BYTES).toString('base64')), place);
  // Of several processes that start at once, one writes it.
  await prisma.installation.updateMany({
    where: { id: INSTALLATION_ID, refreshKey: null },
    data: { refreshKey: sealed },
  });
  const { refreshKey } = await getInstallation(prisma);
  if (!refreshKey) throw new Error('The installation has no key for refresh tokens.');
  return vault.open(refreshKey, place);
}
