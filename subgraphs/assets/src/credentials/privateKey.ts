import { createPrivateKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import ssh2 from 'ssh2';
import { writeOpenSshEd25519 } from './openSshKey.ts';

/** A private key that executors can use as it is, or why a text is none. */
export type ReadPrivateKey =
  | { readonly outcome: 'read'; readonly privateKey: string }
  | { readonly outcome: 'refused'; readonly field: 'privateKey' | 'passphrase'; readonly message: string };

const RSA_BITS = 2_048;
const curves: readonly (string | undefined)[] = ['prime256v1', 'secp384r1', 'secp521r1'];

/**
 * Reads a private key in OpenSSH, PEM or PKCS#8 form. An encrypted one is decrypted here, once: sealed together with
 * its passphrase it would be no safer, and each connection would pay for its key derivation.
 * With a passphrase this may take seconds, for as long as the key's own parameters say: run it aside.
 * @returns a text that ssh2 reads without a passphrase; the given one where it is that already
 */
export function readPrivateKey(text: string, passphrase?: string): ReadPrivateKey {
  const plain = text.trim();
  if (plain.includes('ENCRYPTED PRIVATE KEY') || plain.includes('BEGIN PRIVATE KEY'))
    return readPkcs8(plain, passphrase);
  const key = ssh2.utils.parseKey(plain);
  if (!(key instanceof Error)) return key.isPrivateKey() ? accept(toKeyObject(key), `${plain}\n`) : refuse.publicKey;
  if (!/encrypted/i.test(key.message)) return refuse.format;
  if (passphrase === undefined) return refuse.missingPassphrase;
  const decrypted = ssh2.utils.parseKey(plain, passphrase);
  return decrypted instanceof Error ? refuse.wrongPassphrase : accept(toKeyObject(decrypted));
}

const refusal = (field: 'privateKey' | 'passphrase', message: string): ReadPrivateKey => ({
  outcome: 'refused',
  field,
  message,
});

const refuse = {
  format: refusal('privateKey', 'This is not a private key in OpenSSH, PEM or PKCS#8 form.'),
  publicKey: refusal('privateKey', 'This is a public key. Give the private one.'),
  algorithm: refusal('privateKey', 'Keys are Ed25519, ECDSA on a NIST curve, or RSA of at least 2048 bits.'),
  missingPassphrase: refusal('passphrase', 'The private key is encrypted. Give its passphrase.'),
  wrongPassphrase: refusal('passphrase', 'The passphrase does not open the private key.'),
};

function readPkcs8(text: string, passphrase: string | undefined): ReadPrivateKey {
  const isEncrypted = text.includes('ENCRYPTED PRIVATE KEY');
  if (isEncrypted && passphrase === undefined) return refuse.missingPassphrase;
  try {
    return accept(createPrivateKey({ key: text, format: 'pem', ...(isEncrypted && { passphrase }) }));
  } catch {
    return isEncrypted ? refuse.wrongPassphrase : refuse.format;
  }
}

function toKeyObject(key: ssh2.ParsedKey): KeyObject | undefined {
  try {
    return createPrivateKey(key.getPrivatePEM());
  } catch {
    return undefined;
  }
}

/** @param text the key as ssh2 reads it, where there is such a text already */
function accept(key: KeyObject | undefined, text?: string): ReadPrivateKey {
  const written = key && isStrong(key) ? (text ?? write(key)) : undefined;
  if (written === undefined) return refuse.algorithm;
  return ssh2.utils.parseKey(written) instanceof Error ? refuse.format : { outcome: 'read', privateKey: written };
}

function isStrong({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  switch (asymmetricKeyType) {
    case 'ed25519':
      return true;
    case 'ec':
      return curves.includes(asymmetricKeyDetails?.namedCurve);
    case 'rsa':
      return (asymmetricKeyDetails?.modulusLength ?? 0) >= RSA_BITS;
    default:
      return false;
  }
}

function write(key: KeyObject): string {
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return key.export({ type: 'pkcs1', format: 'pem' }).toString();
    case 'ec':
      return key.export({ type: 'sec1', format: 'pem' }).toString();
    default:
      return writeOpenSshEd25519(key);
  }
}
