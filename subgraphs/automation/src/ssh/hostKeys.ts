import { createHash } from 'node:crypto';

/** A host's public key. */
export interface HostKey {
  /** Type of the key as its wire format says: `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa`, ... */
  readonly algorithm: string;
  /** Base64 of the wire format (RFC 4253, 6.6): the second field of a known_hosts or `.pub` line. */
  readonly publicKey: string;
  /** `SHA256:...` as OpenSSH prints it. */
  readonly fingerprint: string;
}

/**
 * Decides about the key that a server has proven to own. Called once for a connection, before any credential is sent.
 * A rejection becomes the rejection of `connect`.
 */
export type VerifyHostKey = (presented: HostKey) => Promise<'accepted' | 'mismatch'>;

/** @param wire the key in wire format, which starts with its type as a length-prefixed string */
export function hostKeyOf(wire: Buffer): HostKey {
  return {
    algorithm: wire.toString('latin1', 4, 4 + wire.readUInt32BE(0)),
    publicKey: wire.toString('base64'),
    fingerprint: `SHA256:${createHash('sha256').update(wire).digest('base64').replace(/=+$/, '')}`,
  };
}
