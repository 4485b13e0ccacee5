/**
 * API keys as text: `opsc_<environment>_<id>_<secret><crc32>`. The id is a UUID without dashes, the secret 256 random bits in
 * hex, and the checksum (CRC-32 of everything before it, eight hex digits) fails a mistyped or invented key before
 * anything is looked up.
 */
import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

const SECRET_BYTES = 32;
const shape = /^(opsc_[a-z0-9]{1,20}_([0-9a-f]{32})_([0-9a-f]{64}))([0-9a-f]{8})$/;

/** What a key says of itself. The secret is only here as its digest: nothing else of it needs to travel. */
export interface ParsedApiKey {
  /** UUID. */
  readonly id: string;
  /** SHA-256 of the secret, base64url. */
  readonly secretDigest: string;
}

/** Whether a credential is meant as an API key, well formed or not. */
export function looksLikeApiKey(credential: string): boolean {
  return credential.startsWith('opsc_');
}

/** @returns undefined when it is no key, or its checksum does not hold */
export function parseApiKey(text: string): ParsedApiKey | undefined {
  const [, body, id, secret, checksum] = shape.exec(text) ?? [];
  if (!body || !id || !secret || checksumOf(body) !== checksum) return undefined;
  return { id: asUuid(id), secretDigest: digestOf(secret) };
}

/**
 * @param environment lower case letters and digits, such as `prod`
 * @param id UUID of the key
 * @returns the key, to be shown once, and the digest of its secret
 */
export function createApiKey(environment: string, id: string): { readonly key: string; readonly secretDigest: string } {
  const secret = randomBytes(SECRET_BYTES).toString('hex');
  const body = `opsc_${environment}_${id.replaceAll('-', '')}_${secret}`;
  return { key: body + checksumOf(body), secretDigest: digestOf(secret) };
}

function checksumOf(body: string): string {
  return crc32(body).toString(16).padStart(8, '0');
}

function digestOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

function asUuid(hex: string): string {
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
