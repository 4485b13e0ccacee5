import { hostKeyOf } from './hostKeys.ts';

test('a key reads as OpenSSH prints it', () => {
  const publicKey =
    'AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBNn9ntSMe6tHJ8kofCbqLd+RRyiJZaBzeFqSNnZ5tM2FiF94v0W3Fc1VJsJtXOpr5e4fi+bDggIqw93031SKJQY=';
  expect(hostKeyOf(Buffer.from(publicKey, 'base64'))).toEqual({
    algorithm: 'ecdsa-sha2-nistp256',
    publicKey,
    fingerprint: 'SHA256:oHInXOsAfwKvuI5jGTKHx4ny590WFctcPn/OALROTd0',
  });
});
