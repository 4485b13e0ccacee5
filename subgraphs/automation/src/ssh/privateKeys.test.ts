import { generateKeyPair } from '@opsconductor/testkit';
import { Secret } from '@opsconductor/vault';
import ssh2 from 'ssh2';
import { readPrivateKey } from './privateKeys.ts';

test('an encrypted key is opened once, and only with its passphrase', () => {
  const key = generateKeyPair('open sesame').privateKey;
  const read = (passphrase: string) => readPrivateKey(Secret.from(key), Secret.from(passphrase));
  expect(read('open sesame')).toBe(read('open sesame'));
  expect(() => read('sesame')).toThrow(expect.objectContaining({ reason: 'CREDENTIAL_UNREADABLE' }));
});

test('an RSA key signs with SHA-2 and never with SHA-1', () => {
  const { private: pem } = ssh2.utils.generateKeyPairSync('rsa', { bits: 2_048 });
  const key = readPrivateKey(Secret.from(pem));
  expect(key.sign('data', 'sha512')).toBeInstanceOf(Buffer);
  expect(key.sign('data', 'sha1')).toBeInstanceOf(Error);
});

test('what is wrong with a key is said without showing it', () => {
  const broken = generateKeyPair().privateKey.replace(/\n.{20}/, '\nAAAAAAAAAAAAAAAAAAAA');
  expect(() => readPrivateKey(Secret.from(broken))).toThrow(/^The private key cannot be read: [^-]{1,80}\.$/);
});
