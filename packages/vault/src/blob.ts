/**
 * A sealed value as it is stored, version 1:
 *
 *     offset  bytes  content
 *     0       1      version of the format: 1
 *     1       8      id of the key-encryption key
 *     9       60     the data key, in a box of the key-encryption key
 *     69      28+n   the value, in a box of the data key
 *
 * Changing the key-encryption key rewrites the first 69 bytes and leaves the value alone.
 */
import { BOX_OVERHEAD_BYTES } from './aesGcm.ts';
import { KEY_ID_BYTES } from './keyRing.ts';

export const DATA_KEY_BYTES = 32;

const FORMAT_VERSION = 1;
const WRAPPED_AT = 1 + KEY_ID_BYTES;
const VALUE_AT = WRAPPED_AT + DATA_KEY_BYTES + BOX_OVERHEAD_BYTES;

export interface Blob {
  readonly keyId: Buffer;
  readonly wrappedDataKey: Buffer;
  readonly value: Buffer;
}

export function encodeBlob({ keyId, wrappedDataKey, value }: Blob): Buffer<ArrayBuffer> {
  return Buffer.concat([Buffer.of(FORMAT_VERSION), keyId, wrappedDataKey, value]);
}

/** @returns undefined when the bytes are no blob of this version */
export function decodeBlob(stored: Uint8Array): Blob | undefined {
  const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength);
  if (bytes[0] !== FORMAT_VERSION || bytes.length < VALUE_AT + BOX_OVERHEAD_BYTES) return undefined;
  return {
    keyId: bytes.subarray(1, WRAPPED_AT),
    wrappedDataKey: bytes.subarray(WRAPPED_AT, VALUE_AT),
    value: bytes.subarray(VALUE_AT),
  };
}
