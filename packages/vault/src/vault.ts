import { createSecretKey, randomBytes } from 'node:crypto';
import { decrypt, encrypt } from './aesGcm.ts';
import { DATA_KEY_BYTES, decodeBlob, encodeBlob } from './blob.ts';
import { SealBroken, SealingKeyMissing } from './faults.ts';
import { createKeyRing } from './keyRing.ts';
import type { KeyRing } from './keyRing.ts';
import { bindingOf } from './place.ts';
import type { Place } from './place.ts';
import type { RootKey } from './rootKey.ts';
import { createRotatingVault } from './rotatingVault.ts';
import type { RotatingVault } from './rotatingVault.ts';
import { Secret } from './secret.ts';

/** Seals secrets for the place where they are stored. Never gives a value away in an error. */
export interface Vault {
  /** @returns bytes to store in that place; different ones each time, 97 longer than the UTF-8 of the secret */
  seal(secret: Secret, place: Place): Uint8Array<ArrayBuffer>;

  /**
   * @throws {SealBroken} the bytes were changed, or sealed for another place
   * @throws {SealingKeyMissing} the bytes were sealed under a root key that this vault does not have
   */
  open(sealed: Uint8Array, place: Place): Secret;
}

/** The vault of a root key. */
export interface RootVault extends Vault {
  /** A vault of its own with stored keys under the same root key: it seals by the root key until it is given some. */
  rotating(): RotatingVault;
}

export interface VaultOptions {
  /** Seals from now on. */
  readonly rootKey: RootKey;
  /** Still open what they sealed. */
  readonly olderRootKeys?: readonly RootKey[];
}

/** Envelope encryption: root key, key-encryption key, one random data key per sealed value; see `blob.ts`. */
export function createVault({ rootKey, olderRootKeys = [] }: VaultOptions): RootVault {
  const ring = createKeyRing(rootKey, olderRootKeys);
  return { ...vaultOf(ring), rotating: () => createRotatingVault(ring) };
}

/** @param ring asked anew each time */
export function vaultOf(ring: KeyRing): Vault {
  return {
    seal(secret, place) {
      const value = secret.reveal();
      if (!value.isWellFormed())
        throw new TypeError('A secret with a lone surrogate has no UTF-8 and cannot be sealed.');
      const dataKey = randomBytes(DATA_KEY_BYTES);
      const blob = encodeBlob({
        keyId: ring.newest.id,
        wrappedDataKey: encrypt(ring.newest.key, dataKey, bindingOf('data key', place)),
        value: encrypt(createSecretKey(dataKey), Buffer.from(value), bindingOf('value', place)),
      });
      dataKey.fill(0);
      return blob;
    },
    open(sealed, place) {
      const blob = decodeBlob(sealed);
      if (!blob) throw new SealBroken(place);
      const wrapping = ring.find(blob.keyId);
      if (!wrapping) throw new SealingKeyMissing(place, blob.keyId);
      const dataKey = decrypt(wrapping.key, blob.wrappedDataKey, bindingOf('data key', place));
      const value = dataKey && decrypt(createSecretKey(dataKey), blob.value, bindingOf('value', place));
      dataKey?.fill(0);
      if (!value) throw new SealBroken(place);
      return Secret.from(value.toString());
    },
  };
}
