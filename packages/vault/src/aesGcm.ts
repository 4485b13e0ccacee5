/** AES-256-GCM (NIST SP 800-38D) with random 96-bit IVs. A box is: IV, ciphertext, 128-bit tag. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;
// Node accepts tags of four bytes unless the length is pinned.
const options = { authTagLength: TAG_BYTES };

/** By how many bytes a box is longer than what is in it. */
export const BOX_OVERHEAD_BYTES = IV_BYTES + TAG_BYTES;

export function encrypt(key: KeyObject, plain: Uint8Array, binding: Uint8Array): Buffer<ArrayBuffer> {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, key, iv, options).setAAD(binding);
  return Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** @returns undefined when the box was not made with this key for this binding, or was changed */
export function decrypt(key: KeyObject, box: Buffer, binding: Uint8Array): Buffer<ArrayBuffer> | undefined {
  if (box.length < BOX_OVERHEAD_BYTES) return undefined;
  const decipher = createDecipheriv(CIPHER, key, box.subarray(0, IV_BYTES), options)
    .setAAD(binding)
    .setAuthTag(box.subarray(-TAG_BYTES));
  const plain = decipher.update(box.subarray(IV_BYTES, -TAG_BYTES));
  try {
    return Buffer.concat([plain, decipher.final()]);
  } catch {
    plain.fill(0);
    return undefined;
  }
}
