import { createHash } from 'node:crypto';
import ssh2 from 'ssh2';

/** A throw-away Ed25519 key. */
export interface KeyPair {
  /** OpenSSH's own PEM format, as credentials are given. */
  readonly privateKey: string;
  /** One line of authorized_keys or a `.pub` file, without a comment. */
  readonly publicLine: string;
}

/**
 * @param passphrase encrypts the private key
 * @param rounds of bcrypt for that, 20 ms each
 */
export function generateKeyPair(passphrase?: string, rounds = 16): KeyPair {
  const encryption = passphrase === undefined ? undefined : { passphrase, cipher: 'aes256-ctr', rounds };
  for (;;) {
    const { private: privateKey, public: publicLine } = ssh2.utils.generateKeyPairSync('ed25519', encryption);
    // ssh2 1.17 writes about one key in 256 so that nobody can read it (a leading zero byte is lost).
    if (isKey(publicLine) && isKey(privateKey, passphrase)) return { privateKey, publicLine };
  }
}

function isKey(text: string, passphrase?: string): boolean {
  return !(ssh2.utils.parseKey(text, passphrase) instanceof Error);
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
