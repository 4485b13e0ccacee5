import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import ssh2 from 'ssh2';
import { writeOpenSshEd25519 } from './openSshKey.ts';

/** A new Ed25519 key, as a text that ssh2 reads. */
export async function generateSshKey(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('ed25519');
  return writeOpenSshEd25519(privateKey);
}

/** The line of the *.pub file of a private key that ssh2 reads. White space in the comment would end it. */
export function publicKeyLine(privateKey: string, comment: string): string {
  const key = ssh2.utils.parseKey(privateKey);
  if (key instanceof Error) throw new TypeError('This is not a private key.', { cause: key });
  return `${key.type} ${key.getPublicSSH().toString('base64')} ${comment.replace(/\s+/g, '-')}`.trim();
}
