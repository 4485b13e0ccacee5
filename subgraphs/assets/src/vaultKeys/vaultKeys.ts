import { requirePermission } from '@opsconductor/authz';
import type { Context } from '../context.ts';
import { VaultKeyInUse, VaultKeyNotFound } from './refusals.ts';
import { VAULT_KEYS_TOPIC } from './topics.ts';

export interface KeyOfVault {
  readonly id: string;
  readonly isActive: boolean;
  readonly createdAt: Date;
  readonly sealedCount: number;
}

/** Newest first. One statement. */
export async function listVaultKeys({ viewer, prisma }: Context): Promise<KeyOfVault[]> {
  requirePermission(viewer, 'vault:rotate');
  const rows = await prisma.vaultKey.findMany({
    select: { id: true, isActive: true, createdAt: true, _count: { select: { versions: true } } },
    orderBy: [{ createdAt: 'desc' }, { id: 'asc' }],
  });
  return rows.map(({ _count, ...key }) => ({ ...key, sealedCount: _count.versions }));
}

/** Lets a new key seal. What is sealed already is wrapped anew by `rewrapping.ts`, which this starts. */
export async function rotateVaultKey(context: Context): Promise<{ key: KeyOfVault; pendingCount: number }> {
  const { userId } = requirePermission(context.viewer, 'vault:rotate');
  const { transact, vault, requestId } = context;
  const rotated = await transact(async (unit) => {
    const id = await vault.rotate(unit.db, userId);
    const { createdAt } = await unit.db.vaultKey.findUniqueOrThrow({ where: { id } });
    const pendingCount = await unit.db.credentialVersion.count();
    unit.emit({
      type: 'assets.vaultKey.rotated',
      actorId: userId,
      requestId,
      subject: { type: 'vaultKey', id },
      data: { pendingCount },
    });
    unit.wake(VAULT_KEYS_TOPIC);
    return { key: { id, isActive: true, createdAt, sealedCount: 0 }, pendingCount };
  });
  context.upkeep.hurry();
  return rotated;
}

/**
 * Destroys a key. That nothing is sealed under it is for the database to say: its rows refer to their key.
 * @returns its id
 * @throws {VaultKeyNotFound} {@link VaultKeyInUse}
 */
export async function retireVaultKey(context: Context, id: string): Promise<string> {
  const { userId } = requirePermission(context.viewer, 'vault:rotate');
  return context.transact(async (unit) => {
    await unit.db.$queryRaw`select id from vault_keys where id = ${id} for update`;
    const key = await unit.db.vaultKey.findUnique({
      where: { id },
      include: { _count: { select: { versions: true } } },
    });
    if (!key) throw new VaultKeyNotFound();
    if (key.isActive || key._count.versions > 0) throw new VaultKeyInUse(key._count.versions);
    await unit.db.vaultKey.delete({ where: { id } });
    unit.emit({
      type: 'assets.vaultKey.retired',
      actorId: userId,
      requestId: context.requestId,
      subject: { type: 'vaultKey', id },
    });
    unit.wake(VAULT_KEYS_TOPIC);
    return id;
  });
}
