import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Secret } from '@opsconductor/vault';

/** How secrets of API keys are stored: as HMACs, so that a stolen table cannot be tried against. */
export interface KeyHash {
  /** @param secretDigest SHA-256 of the secret, base64url */
  hash(secretDigest: string): Uint8Array<ArrayBuffer>;
  matches(secretDigest: string, stored: Uint8Array | null): boolean;
}

/** @param key 32 bytes, base64 */
export function createKeyHash(key: Secret): KeyHash {
  const hash: KeyHash['hash'] = (secretDigest) =>
    new Uint8Array(createHmac('sha256', Buffer.from(key.reveal(), 'base64')).update(secretDigest).digest());
  return {
    hash,
    matches(secretDigest, stored) {
      const presented = hash(secretDigest);
      return stored !== null && stored.length === presented.length && timingSafeEqual(stored, presented);
    },
  };
}
