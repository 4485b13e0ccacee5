import { createHmac } from 'node:crypto';
import { foldAddress } from '../users/emailAddress.ts';

/**
 * Names an account by its address, known or not, without showing it: people also type passwords into that field.
 * @returns HMAC-SHA-256 of the folded address, hex
 */
export type HashAddress = (email: string) => string;

export function createAddressHash(key: Uint8Array): HashAddress {
  return (email) => createHmac('sha256', key).update(foldAddress(email)).digest('hex');
}
