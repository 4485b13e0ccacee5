import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { givenHostKey } from '../testing/given.ts';
import { parsePublicKey, parsePublicKeyLine } from './publicKey.ts';

const { line, algorithm, publicKey } = givenHostKey();
const key = { algorithm, publicKey, fingerprint: expect.stringMatching(/^SHA256:[A-Za-z0-9+/]{43}$/) };

test.each<[string, string]>([
  ['*.pub', line],
  ['*.pub with a comment', `${line} root@web-1 since 2026`],
  ['known_hosts', `web-1.example.com ${line}`],
  ['known_hosts with names and a port', `web-1,[10.0.0.7]:2222 ${line}\r\n`],
  ['known_hosts, hashed', `|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg= ${line}`],
  ['known_hosts with tabs', `  web-1\t${algorithm}\t${publicKey}`],
])('a line of %s is read', (_what, text) => {
  expect(parsePublicKeyLine(text)).toEqual(key);
});

test.each<[string, string]>([
  ['nothing', ''],
  ['a marker', `@revoked web-1 ${line}`],
  ['an authority', `@cert-authority *.example ${line}`],
  ['an algorithm that is not the key’s', line.replace('ssh-ed25519', 'ssh-rsa')],
  ['an unknown algorithm', line.replace('ssh-ed25519', 'ssh-dss')],
  ['a key that is cut', `${algorithm} ${publicKey.slice(0, -8)}`],
  [
    'bytes after the key',
    `${algorithm} ${Buffer.concat([Buffer.from(publicKey, 'base64'), Buffer.of(0)]).toString('base64')}`,
  ],
  ['base64 with a foreign character', `${algorithm} ${publicKey.slice(0, -1)}*`],
  ['a private key', ssh2.utils.generateKeyPairSync('ed25519').private],
  ['a point that is not on the curve', offCurve()],
])('%s is not', (_what, text) => {
  expect(parsePublicKeyLine(text)).toBeUndefined();
});

test.each([
  ['ed25519', '256'],
  ['ecdsa', '256'],
  ['ecdsa', '521'],
  ['rsa', '2048'],
])('%s of %s bits: the fingerprint is what ssh-keygen prints', (type, bits) => {
  const folder = mkdtempSync(join(tmpdir(), 'public-key-'));
  try {
    const file = join(folder, 'key');
    execFileSync('ssh-keygen', ['-q', '-t', type, '-b', bits, '-N', '', '-f', file]);
    const printed = execFileSync('ssh-keygen', ['-lf', `${file}.pub`])
      .toString()
      .split(' ')[1];
    const [name = '', base64 = ''] = readFileSync(`${file}.pub`, 'utf8').split(' ');
    expect(parsePublicKey(name, base64)?.fingerprint).toBe(printed);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** A P-256 key whose y is changed. */
function offCurve(): string {
  const { algorithm, publicKey } = givenHostKey('ecdsa');
  const wire = Buffer.from(publicKey, 'base64');
  wire[wire.length - 1] = (wire.at(-1) ?? 0) ^ 1;
  return `${algorithm} ${wire.toString('base64')}`;
}
