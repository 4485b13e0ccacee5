import { createHash } from 'node:crypto';
import type { Secret } from '@opsconductor/vault';
import ssh2 from 'ssh2';
import type { ParsedKey } from 'ssh2';
import { SshFault } from './fault.ts';

/**
 * Reads a private key: OpenSSH, PEM (PKCS#1, SEC1) or PuTTY format.
 *
 * Opening an encrypted OpenSSH key is meant to be slow (0.3 s of bcrypt, which blocks the process), so that one which was
 * opened with a passphrase is kept for {@link KEPT_MS}: a thousand targets with one credential open it once.
 *
 * @throws SshFault CREDENTIAL_UNREADABLE
 */
export function readPrivateKey(privateKey: Secret, passphrase?: Secret): ParsedKey {
  if (!passphrase) return parse(privateKey);
  const digest = createHash('sha256').update(`${passphrase.reveal()}\0${privateKey.reveal()}`).digest('base64');
  const known = opened.get(digest);
  if (known) return known;
  const key = parse(privateKey, passphrase);
  opened.set(digest, key);
  setTimeout(() => opened.delete(digest), KEPT_MS).unref();
  return key;
}

const KEPT_MS = 60_000;
const opened = new Map<string, ParsedKey>();

function parse(privateKey: Secret, passphrase?: Secret): ParsedKey {
  const parsed = ssh2.utils.parseKey(privateKey.reveal(), passphrase?.reveal());
  const key = Array.isArray(parsed) ? (parsed[0] as ParsedKey) : parsed;
  if (key instanceof Error)
    throw new SshFault('CREDENTIAL_UNREADABLE', `The private key cannot be read: ${key.message}.`);
  if (!key.isPrivateKey())
    throw new SshFault('CREDENTIAL_UNREADABLE', 'The private key cannot be read: it is a public key.');
  return withoutSha1(key);
}

/** ssh2 signs with `ssh-rsa` (SHA-1) where a server does not say which RSA signatures it takes. Here it does not. */
function withoutSha1(key: ParsedKey): ParsedKey {
  const sign = key.sign.bind(key) as (data: Buffer | string, algorithm?: string) => Buffer | Error;
  const refuseSha1: typeof sign = (data, algorithm) =>
    algorithm === 'sha1' ? new Error('the server takes no RSA signature but SHA-1') : sign(data, algorithm);
  return Object.assign(key, { sign: refuseSha1 });
}
