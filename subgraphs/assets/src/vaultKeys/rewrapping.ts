import type { Transact } from '@opsconductor/events';
import type { Db } from '../context.ts';
import { placeOf } from '../credentials/sealedSecret.ts';
import { VAULT_KEYS_TOPIC } from './topics.ts';
import type { StoredVault } from './storedVault.ts';

const BATCH = 100;

/**
 * Wraps what is sealed under other keys than the active one anew, batch by batch, each in a transaction of its own: what
 * is done is done, and whoever comes next goes on where the last one stopped. Several may work at once; each takes rows
 * that no other holds. Versions can be opened all the while, before and after.
 * @returns how many versions it wrapped
 */
export async function rewrapAll(transact: Transact<Db>, vault: StoredVault, signal: AbortSignal): Promise<number> {
  let total = 0;
  for (let batch = BATCH; batch === BATCH && !signal.aborted; total += batch)
    batch = await transact(async (unit) => {
      const count = await rewrapBatch(unit.db, vault);
      if (count > 0) unit.wake(VAULT_KEYS_TOPIC);
      return count;
    });
  return total;
}

async function rewrapBatch(db: Db, vault: StoredVault): Promise<number> {
  const keyId = await vault.refresh(db);
  const rows = await db.$queryRaw<{ credentialId: string; version: number; sealed: Uint8Array<ArrayBuffer> }[]>`
    select v.credential_id as "credentialId", v.version, v.sealed from credential_versions v
    where v.key_id <> ${keyId}
    order by v.credential_id, v.version limit ${BATCH} for update of v skip locked`;
  for (const { credentialId, version, sealed } of rows) {
    const data = await vault.rewrap(sealed, placeOf(credentialId, version));
    await db.credentialVersion.update({ where: { credentialId_version: { credentialId, version } }, data });
  }
  return rows.length;
}
