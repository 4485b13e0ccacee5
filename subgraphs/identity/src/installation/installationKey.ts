import { randomBytes } from 'node:crypto';
import { Secret } from '@opsconductor/vault';
import type { Vault } from '@opsconductor/vault';
import type { PrismaClient } from '../../generated/prisma/client.ts';
import { INSTALLATION_ID, getInstallation } from './installation.ts';

const KEY_BYTES = 32;
const columns = { refreshKey: 'refresh_key', apiKeyKey: 'api_key_key' } as const;

/**
 * A key of this installation, sealed by the vault; made where it is missing.
 * @returns 32 bytes, base64
 */
export async function openInstallationKey(
  prisma: PrismaClient,
  vault: Vault,
  name: keyof typeof columns,
): Promise<Secret> {
  const place = { table: 'installation', row: String(INSTALLATION_ID), field: columns[name], version: 1 };
  const sealed = vault.seal(Secret.from(randomBytes(KEY_BYTES).toString('base64')), place);
  // Of several processes that start at once, one writes it.
  await prisma.installation.updateMany({ where: { id: INSTALLATION_ID, [name]: null }, data: { [name]: sealed } });
  const stored = (await getInstallation(prisma))[name];
  if (!stored) throw new Error(`The installation has no ${columns[name]}.`);
  return vault.open(stored, place);
}
