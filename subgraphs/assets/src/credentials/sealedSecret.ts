import type { ReleasedConnection } from '@opsconductor/fleet';
import { Secret } from '@opsconductor/vault';
import type { Place, Vault } from '@opsconductor/vault';

/** What signs in: the part of a credential that is sealed, as executors get it. */
export type Authentication = ReleasedConnection['authentication'];

/** Seals it for the row of one credential, as JSON. */
export function sealAuthentication(vault: Vault, credentialId: string, authentication: Authentication) {
  return vault.seal(Secret.from(JSON.stringify(authentication)), placeOf(credentialId));
}

/** @throws {SealBroken} {@link SealingKeyMissing} the row was changed from outside, or sealed under another root key */
export function openAuthentication(vault: Vault, credential: { id: string; sealed: Uint8Array }): Authentication {
  return JSON.parse(vault.open(credential.sealed, placeOf(credential.id)).reveal()) as Authentication;
}

function placeOf(credentialId: string): Place {
  return { table: 'credentials', row: credentialId, field: 'sealed', version: 1 };
}
