import type { ReleasedConnection } from '@opsconductor/fleet';
import { Secret } from '@opsconductor/vault';
import type { Place } from '@opsconductor/vault';
import type { Db } from '../context.ts';
import type { SealedValue, StoredVault } from '../vaultKeys/storedVault.ts';

/** What signs in over SSH, as executors get it. */
export type Authentication = ReleasedConnection['authentication'];

/** What is sealed of a credential: what signs in over SSH, or the secret inputs of another kind. */
export type SecretContent =
  Authentication | { readonly kind: 'fields'; readonly fields: Readonly<Record<string, string>> };

/** Seals it for one version of one credential, as JSON. */
export function sealContent(
  db: Db,
  vault: StoredVault,
  credentialId: string,
  version: number,
  content: SecretContent,
): Promise<SealedValue> {
  return vault.seal(db, Secret.from(JSON.stringify(content)), placeOf(credentialId, version));
}

/** @throws {SealBroken} {@link SealingKeyMissing} the row was changed from outside, or sealed under another root key */
export async function openContent(
  vault: StoredVault,
  { credentialId, version, sealed }: { credentialId: string; version: number; sealed: Uint8Array },
): Promise<SecretContent> {
  return JSON.parse((await vault.open(sealed, placeOf(credentialId, version))).reveal()) as SecretContent;
}

/** Versions were once a column of their credential's row, and keep its place. */
export function placeOf(credentialId: string, version: number): Place {
  return { table: 'credentials', row: credentialId, field: 'sealed', version };
}
