import { createHash, createPublicKey } from 'node:crypto';
import ssh2 from 'ssh2';

/** A host's public key. */
export interface PublicKey {
  readonly algorithm: string;
  /** Base64 of the wire format (RFC 4253, section 6.6). */
  readonly publicKey: string;
  /** `SHA256:...` as OpenSSH prints it. */
  readonly fingerprint: string;
}

const algorithms: readonly string[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'ssh-rsa',
];

/**
 * Reads a line of a known_hosts or *.pub file. Host names before the key and a comment after it say nothing here.
 * @returns undefined for anything else: markers such as @revoked, certificates, unknown algorithms
 */
export function parsePublicKeyLine(line: string): PublicKey | undefined {
  const fields = line.trim().split(/[ \t]+/);
  const start = fields[0] !== undefined && algorithms.includes(fields[0]) ? 0 : 1;
  const [algorithm = '', publicKey = ''] = fields.slice(start);
  return fields[0]?.startsWith('@') ? undefined : parsePublicKey(algorithm, publicKey);
}

/**
 * @param base64 the key in wire format
 * @returns undefined unless the bytes are exactly one key of this algorithm
 */
export function parsePublicKey(algorithm: string, base64: string): PublicKey | undefined {
  const wire = Buffer.from(base64, 'base64');
  if (!algorithms.includes(algorithm) || wire.toString('base64') !== base64) return undefined;
  try {
    const key = ssh2.utils.parseKey(`${algorithm} ${base64}`);
    if (key instanceof Error || !key.getPublicSSH().equals(wire)) return undefined;
    // ssh2 reads the frame only; OpenSSL refuses a point that is not on its curve.
    createPublicKey(key.getPublicPEM());
  } catch {
    return undefined;
  }
  const digest = createHash('sha256').update(wire).digest('base64').replace(/=+$/, '');
  return { algorithm, publicKey: base64, fingerprint: `SHA256:${digest}` };
}
