import { createSecretKey, hkdfSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { RootKey } from './rootKey.ts';

export const KEY_ID_BYTES = 8;

/** Wraps the data keys of sealed values. */
export interface KeyEncryptionKey {
  /** Names the key without telling anything of it: 8 bytes, in every blob that it sealed. */
  readonly id: Buffer;
  readonly key: KeyObject;
}

/** The keys that can open. The newest seals; the others are there for what they sealed before. */
export interface KeyRing {
  readonly newest: KeyEncryptionKey;
  find(id: Uint8Array): KeyEncryptionKey | undefined;
}

/** One key-encryption key of each root key. */
export function createKeyRing(newest: RootKey, older: readonly RootKey[]): KeyRing {
  const active = deriveKey(newest);
  const keys = [active, ...older.map(deriveKey)];
  return { newest: active, find: (id) => keys.find((key) => key.id.equals(id)) };
}

/** HKDF-SHA-256 (RFC 5869): the root key itself never meets a cipher. */
function deriveKey(rootKey: RootKey): KeyEncryptionKey {
  return {
    id: Buffer.from(hkdfSync('sha256', rootKey, '', 'opsconductor vault 1: key id', KEY_ID_BYTES)),
    key: createSecretKey(Buffer.from(hkdfSync('sha256', rootKey, '', 'opsconductor vault 1: key-encryption key', 32))),
  };
}
