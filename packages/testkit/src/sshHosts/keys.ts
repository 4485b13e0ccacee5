import { createHash } from 'node:crypto';
import ssh2 from 'ssh2';

/** A throw-away Ed25519 key. */
export interface KeyPair {
  /** OpenSSH's own PEM format, as credentials are given. */
  readonly privateKey: string;
  /** One line of authorized_keys or a `.pub` file, without a comment. */
  readonly publicLine: string;
}

/** @param passphrase encrypts the private key (0.3 s of bcrypt) */
export function generateKeyPair(passphrase?: string): KeyPair {
  const encryption = passphrase === undefined ? undefined : { passphrase, cipher: 'aes256-ctr', rounds: 16 };
  const { private: privateKey, public: publicLine } = ssh2.utils.generateKeyPairSync('ed25519', encryption);
  return { privateKey, publicLine };
}

/** A host key as it is pinned. */
export interface PublicHostKey {
  readonly algorithm: string;
  /** Base64 of the wire format. */
  readonly publicKey: string;
  /** `SHA256:...` as OpenSSH prints it. */
  readonly fingerprint: string;
}

export function publicHostKeyOf({ publicLine }: KeyPair): PublicHostKey {
  const [algorithm = '', publicKey = ''] = publicLine.split(' ');
  const digest = createHash('sha256').update(Buffer.from(publicKey, 'base64')).digest('base64');
  return { algorithm, publicKey, fingerprint: `SHA256:${digest.replace(/=+$/, '')}` };
}
