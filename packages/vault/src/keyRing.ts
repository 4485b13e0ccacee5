import { createSecretKey, hkdfSync, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { decrypt, encrypt } from './aesGcm.ts';
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

/**
 * A key-encryption key as it is stored: the id of the key that wraps it, and a box of that key which is bound to its own
 * id.
 */
export function wrapNewKey(wrapping: KeyEncryptionKey): { id: Buffer; wrapped: Buffer<ArrayBuffer> } {
  const id = randomBytes(KEY_ID_BYTES);
  const key = randomBytes(32);
  const wrapped = Buffer.concat([wrapping.id, encrypt(wrapping.key, key, keyBinding(id))]);
  key.fill(0);
  return { id, wrapped };
}

/** @returns undefined when the bytes were changed, or wrapped by a key that the ring has not, or belong to another id */
export function unwrapKey(ring: KeyRing, id: Buffer, wrapped: Uint8Array): KeyEncryptionKey | undefined {
  const bytes = Buffer.from(wrapped);
  const wrapping = ring.find(bytes.subarray(0, KEY_ID_BYTES));
  const key = wrapping && decrypt(wrapping.key, bytes.subarray(KEY_ID_BYTES), keyBinding(id));
  return key && { id, key: createSecretKey(key) };
}

function keyBinding(id: Buffer): Buffer {
  return Buffer.from(JSON.stringify(['opsconductor vault 1', 'key-encryption key', id.toString('hex')]));
}
