import { generateKeyPairSync } from 'node:crypto';
import { generateKeyPair } from '@opsconductor/testkit';
import ssh2 from 'ssh2';
import { importPrivateKey } from './importPrivateKey.ts';
import { readPrivateKey } from './privateKey.ts';

const passphrase = 'open sesame';
const never = new AbortController().signal;
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const ec = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey;
const ed25519 = generateKeyPairSync('ed25519').privateKey;
const openSsh = generateKeyPair();
const openSshEncrypted = (rounds: number) => generateKeyPair(passphrase, rounds);

const pkcs8 = { type: 'pkcs8', format: 'pem' } as const;
const encrypted = { ...pkcs8, cipher: 'aes-256-cbc', passphrase } as const;

/** SSH wire format of the public half of a key text, as ssh2 reads it without a passphrase. */
function publicHalf(text: string): Buffer {
  const key = ssh2.utils.parseKey(text);
  if (key instanceof Error) throw key;
  return key.getPublicSSH();
}

test.each<[string, string]>([
  ['OpenSSH', openSsh.privateKey],
  ['OpenSSH with Windows line ends', openSsh.privateKey.replaceAll('\n', '\r\n')],
  ['PKCS#1', rsa.export({ type: 'pkcs1', format: 'pem' }).toString()],
  ['SEC 1', ec.export({ type: 'sec1', format: 'pem' }).toString()],
])('%s is kept as it is', (_form, text) => {
  expect(readPrivateKey(`\n${text}\n\n`)).toEqual({ outcome: 'read', privateKey: `${text.trim()}\n` });
});

test.each<[string, string, string | undefined, Buffer]>([
  [
    'RSA in PKCS#8',
    rsa.export(pkcs8).toString(),
    undefined,
    publicHalf(rsa.export({ type: 'pkcs1', format: 'pem' }).toString()),
  ],
  [
    'ECDSA in PKCS#8',
    ec.export(pkcs8).toString(),
    undefined,
    publicHalf(ec.export({ type: 'sec1', format: 'pem' }).toString()),
  ],
  [
    'RSA in encrypted PKCS#8',
    rsa.export(encrypted).toString(),
    passphrase,
    publicHalf(rsa.export({ type: 'pkcs1', format: 'pem' }).toString()),
  ],
  [
    'RSA in encrypted PEM',
    rsa.export({ type: 'pkcs1', format: 'pem', cipher: 'aes-128-cbc', passphrase }).toString(),
    passphrase,
    publicHalf(rsa.export({ type: 'pkcs1', format: 'pem' }).toString()),
  ],
])('%s becomes a text that ssh2 reads without a passphrase', (_form, text, given, expected) => {
  const key = readPrivateKey(text, given);
  expect(key.outcome === 'read' && publicHalf(key.privateKey).equals(expected)).toBe(true);
});

test.each<[string, string, string | undefined]>([
  ['PKCS#8', ed25519.export(pkcs8).toString(), undefined],
  ['encrypted PKCS#8', ed25519.export(encrypted).toString(), passphrase],
])('Ed25519 in %s becomes an OpenSSH key with the same public half, which signs', (_form, text, given) => {
  const read = readPrivateKey(text, given);
  const key = ssh2.utils.parseKey(read.outcome === 'read' ? read.privateKey : '');
  if (key instanceof Error) throw key;
  const { x = '' } = ed25519.export({ format: 'jwk' });
  expect(key.getPublicSSH().subarray(-32).equals(Buffer.from(x, 'base64url'))).toBe(true);
  const signature = key.sign(Buffer.from('data'));
  expect(key.verify(Buffer.from('data'), signature)).toBe(true);
});

test('an encrypted OpenSSH key is decrypted, in a thread', async () => {
  const { privateKey: text, publicLine: line } = openSshEncrypted(4);
  const read = await importPrivateKey(text, passphrase, never);
  expect(publicHalf(read).toString('base64')).toBe(line.split(' ')[1]);
  await expect(importPrivateKey(text, 'wrong', never)).rejects.toMatchObject({ field: 'passphrase' });
});

test('a key whose decryption takes for ever is given up when the client leaves', async () => {
  const leave = new AbortController();
  const imported = importPrivateKey(withRounds(openSshEncrypted(4).privateKey, 2 ** 31), passphrase, leave.signal);
  leave.abort();
  await expect(imported).rejects.toMatchObject({ name: 'AbortError' });
});

test.each<[string, 'privateKey' | 'passphrase', string, string | undefined]>([
  ['an empty text', 'privateKey', '', undefined],
  ['nonsense', 'privateKey', 'nonsense', undefined],
  [
    'nonsense in a frame',
    'privateKey',
    '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----',
    undefined,
  ],
  ['nonsense in PKCS#8', 'privateKey', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----', undefined],
  ['a public key', 'privateKey', openSsh.publicLine, undefined],
  [
    'RSA of 1024 bits',
    'privateKey',
    generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export(pkcs8).toString(),
    undefined,
  ],
  [
    'a curve that SSH does not know',
    'privateKey',
    generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
      .privateKey.export({ type: 'sec1', format: 'pem' })
      .toString(),
    undefined,
  ],
  [
    'DSA',
    'privateKey',
    generateKeyPairSync('dsa', { modulusLength: 2048, divisorLength: 224 }).privateKey.export(pkcs8).toString(),
    undefined,
  ],
  [
    'a key for key agreement',
    'privateKey',
    generateKeyPairSync('x25519').privateKey.export(pkcs8).toString(),
    undefined,
  ],
  ['an encrypted OpenSSH key without its passphrase', 'passphrase', openSshEncrypted(1).privateKey, undefined],
  ['an encrypted PKCS#8 key without its passphrase', 'passphrase', rsa.export(encrypted).toString(), undefined],
  ['an encrypted PKCS#8 key with another one', 'passphrase', rsa.export(encrypted).toString(), 'wrong'],
])('%s is refused in %s', (_what, field, text, given) => {
  expect(readPrivateKey(text, given)).toEqual({ outcome: 'refused', field, message: expect.any(String) });
});

/** An OpenSSH key that asks for another number of bcrypt rounds. */
function withRounds(text: string, rounds: number): string {
  const lines = text.trim().split('\n');
  const blob = Buffer.from(lines.slice(1, -1).join(''), 'base64');
  // Magic (15), then the strings "aes256-ctr", "bcrypt" and the options: a salt of 16 bytes and the rounds.
  const options = 15 + (4 + 10) + (4 + 6) + 4;
  blob.writeUInt32BE(rounds, options + 4 + blob.readUInt32BE(options));
  return [lines[0], blob.toString('base64'), lines.at(-1)].join('\n');
}
