import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { createApiKey, looksLikeApiKey, parseApiKey } from './apiKeyToken.ts';

test('a key names its id and the digest of its secret', () => {
  const id = randomUUID();
  const { key, secretDigest } = createApiKey('prod', id);
  expect(key).toMatch(/^opsc_prod_[0-9a-f]{32}_[0-9a-f]{72}$/);
  expect(looksLikeApiKey(key)).toBe(true);
  expect(parseApiKey(key)).toEqual({ id, secretDigest });
  expect(createApiKey('prod', id).secretDigest).not.toBe(secretDigest);
});

test('one changed character anywhere makes it no key', () => {
  const { key } = createApiKey('prod', randomUUID());
  fc.assert(
    fc.property(fc.nat(key.length - 1), fc.constantFrom(...'0123456789abcdef_xZ '), (at, character) => {
      fc.pre(key[at] !== character);
      expect(parseApiKey(key.slice(0, at) + character + key.slice(at + 1))).toBeUndefined();
    }),
    { numRuns: 500 },
  );
});

test.each(['', 'opsc_', 'opsc_prod', `opsc_prod_${'0'.repeat(32)}_${'0'.repeat(72)}`, 'x'.repeat(100_000)])(
  'is no key: %j',
  (text) => {
    expect(parseApiKey(text)).toBeUndefined();
  },
);
