import { decrypt, encrypt } from './aesGcm.ts';
import { decodeBlob, encodeBlob } from './blob.ts';
import { SealBroken, SealingKeyMissing } from './faults.ts';
import { unwrapKey, wrapNewKey } from './keyRing.ts';
import type { KeyEncryptionKey, KeyRing } from './keyRing.ts';
import { bindingOf } from './place.ts';
import type { Place } from './place.ts';
import { vaultOf } from './vault.ts';
import type { Vault } from './vault.ts';

/** A key-encryption key as it is stored: random, and wrapped by the root key. */
export interface StoredKey {
  /** In hex; tells nothing of the key. */
  readonly id: string;
  readonly wrapped: Uint8Array<ArrayBuffer>;
}

/**
 * A vault whose key-encryption keys are stored, so that they can be rotated while it is used: a new key seals from then
 * on, what the old ones sealed is wrapped anew, and a key that nothing needs any more is forgotten. Values are never
 * encrypted again: rotation changes who wraps their data keys.
 */
export interface RotatingVault extends Vault {
  /** Id of the key that seals now, in hex. */
  readonly sealingKeyId: string;
  /** Makes a key to be stored. It is used after {@link RotatingVault.use} only. */
  createKey(): StoredKey;
  /**
   * Replaces the keys. What the root key itself sealed opens as before.
   * @param sealingKeyId one of them
   * @throws {Error} a stored key does not unwrap: it was changed, or belongs to another root key
   */
  use(keys: readonly StoredKey[], sealingKeyId: string): void;
  /** Whether it can open what the key sealed. */
  has(keyId: string): boolean;
  /** Id of the key that wraps what is sealed, in hex. @throws {SealBroken} the bytes are none of a vault */
  keyIdOf(sealed: Uint8Array, place: Place): string;
  /**
   * Wraps the data key of what is sealed by the key that seals now.
   * @throws {SealBroken} {@link SealingKeyMissing}
   */
  rewrap(sealed: Uint8Array, place: Place): Uint8Array<ArrayBuffer>;
}

export function createRotatingVault(root: KeyRing): RotatingVault {
  let stored = new Map<string, KeyEncryptionKey>();
  let sealing = root.newest;
  const ring: KeyRing = {
    get newest() {
      return sealing;
    },
    find: (id) => stored.get(Buffer.from(id).toString('hex')) ?? root.find(id),
  };
  return {
    ...vaultOf(ring),
    get sealingKeyId() {
      return sealing.id.toString('hex');
    },
    createKey() {
      const { id, wrapped } = wrapNewKey(root.newest);
      return { id: id.toString('hex'), wrapped };
    },
    use(keys, sealingKeyId) {
      const opened = new Map(keys.map((key) => [key.id, openKey(root, key)]));
      const next = opened.get(sealingKeyId);
      if (!next) throw new Error(`The vault has no key ${sealingKeyId}.`);
      stored = opened;
      sealing = next;
    },
    has: (keyId) => ring.find(Buffer.from(keyId, 'hex')) !== undefined,
    keyIdOf(sealed, place) {
      const blob = decodeBlob(sealed);
      if (!blob) throw new SealBroken(place);
      return blob.keyId.toString('hex');
    },
    rewrap(sealed, place) {
      const blob = decodeBlob(sealed);
      if (!blob) throw new SealBroken(place);
      const wrapping = ring.find(blob.keyId);
      if (!wrapping) throw new SealingKeyMissing(place, blob.keyId);
      const binding = bindingOf('data key', place);
      const dataKey = decrypt(wrapping.key, blob.wrappedDataKey, binding);
      if (!dataKey) throw new SealBroken(place);
      const wrappedDataKey = encrypt(sealing.key, dataKey, binding);
      dataKey.fill(0);
      return encodeBlob({ keyId: sealing.id, wrappedDataKey, value: blob.value });
    },
  };
}

function openKey(root: KeyRing, { id, wrapped }: StoredKey): KeyEncryptionKey {
  const key = unwrapKey(root, Buffer.from(id, 'hex'), wrapped);
  if (!key) throw new Error(`The stored key ${id} of the vault does not open with its root key.`);
  return key;
}
