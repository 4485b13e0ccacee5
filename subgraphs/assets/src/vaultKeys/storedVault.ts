import { SealingKeyMissing } from '@opsconductor/vault';
import type { Place, RootVault, Secret } from '@opsconductor/vault';
import { Prisma } from '../../generated/prisma/client.ts';
import type { PrismaClient } from '../../generated/prisma/client.ts';
import type { Db } from '../context.ts';

/** What is stored of a sealed value: its bytes, and which key wraps their data key. */
export interface SealedValue {
  readonly sealed: Uint8Array<ArrayBuffer>;
  readonly keyId: string;
}

/**
 * The vault of this domain, whose key-encryption keys are in the database. Several processes share them: each reads them
 * again when it meets one that it does not know.
 */
export interface StoredVault {
  /** Seals under the key that is active at this moment. */
  seal(db: Db, secret: Secret, place: Place): Promise<SealedValue>;
  /** @throws {SealBroken} {@link SealingKeyMissing} */
  open(sealed: Uint8Array, place: Place): Promise<Secret>;
  /** Learns which key is active at this moment. @returns its id */
  refresh(db: Db): Promise<string>;
  /**
   * Wraps the data key of a value by the key that was active at the last {@link StoredVault.refresh}; the value itself
   * stays as it is.
   * @throws {SealBroken} {@link SealingKeyMissing}
   */
  rewrap(sealed: Uint8Array, place: Place): Promise<SealedValue>;
  /** Makes a key and lets it seal from now on. @returns its id */
  rotate(db: Db, createdById: string | null): Promise<string>;
}

/**
 * Reads the keys, and makes the first one where there is none.
 * @throws {Error} a stored key does not open with the root key
 */
export async function openStoredVault(prisma: PrismaClient, root: RootVault): Promise<StoredVault> {
  const vault = root.rotating();
  const load = async (): Promise<void> => {
    const rows = await prisma.vaultKey.findMany();
    const active = rows.find(({ isActive }) => isActive);
    const keys = rows.flatMap(({ id, wrapped }) => (wrapped ? [{ id, wrapped }] : []));
    if (active) vault.use(keys, active.id);
  };
  const rotate = async (db: Db, createdById: string | null): Promise<string> => {
    const { id, wrapped } = vault.createKey();
    await db.vaultKey.updateMany({ where: { isActive: true }, data: { isActive: false } });
    await db.vaultKey.create({ data: { id, wrapped, isActive: true, createdById } });
    return id;
  };
  /** One key is active; of processes that start at once, one makes it. */
  const makeFirst = () =>
    prisma.$transaction(async (db) => {
      await db.$executeRaw`select pg_advisory_xact_lock(hashtext('assets.vault_keys'))`;
      if ((await db.vaultKey.count({ where: { isActive: true } })) === 0) await rotate(db, null);
    });
  const loadFor = async <Result>(work: () => Result): Promise<Result> => {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof SealingKeyMissing)) throw error;
      await load();
      return work();
    }
  };
  const refresh = async (db: Db): Promise<string> => {
    const { id } = await db.vaultKey.findFirstOrThrow({ where: { isActive: true }, select: { id: true } });
    if (vault.sealingKeyId !== id) await load();
    return vault.sealingKeyId;
  };
  await makeFirst();
  await load();
  return {
    refresh,
    async seal(db, secret, place) {
      await refresh(db);
      return { sealed: vault.seal(secret, place), keyId: vault.sealingKeyId };
    },
    open: (sealed, place) => loadFor(() => vault.open(sealed, place)),
    async rewrap(sealed, place) {
      const rewrapped = await loadFor(() => vault.rewrap(sealed, place));
      return { sealed: rewrapped, keyId: vault.keyIdOf(rewrapped, place) };
    },
    async rotate(db, createdById) {
      await db.$executeRaw(Prisma.sql`select pg_advisory_xact_lock(hashtext('assets.vault_keys'))`);
      return rotate(db, createdById);
    },
  };
}
