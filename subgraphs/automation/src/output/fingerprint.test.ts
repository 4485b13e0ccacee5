import fc from 'fast-check';
import { countLines, extendFingerprint } from './fingerprint.ts';

const fingerprint = (parts: readonly Uint8Array[]) => parts.reduce(extendFingerprint, '');

test('a fingerprint does not depend on how an output is cut', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array()), (parts) => {
      const whole = Buffer.concat(parts);
      const expected = parts.length === 0 ? '' : extendFingerprint('', whole);
      expect(fingerprint(parts)).toBe(expected);
    }),
  );
});

test('outputs that differ in a byte, in their order or in trailing zeros have different ones', () => {
  const texts = [
    '',
    'a',
    'b',
    'ab',
    'ba',
    'a\0',
    'a\0\0',
    'a\n',
    ...Array.from({ length: 20_000 }, (_, index) => `host ${index} is up\n`),
  ];
  const seen = new Set(texts.map((text) => extendFingerprint('', Buffer.from(text))));
  expect(seen.size).toBe(texts.length);
});

test('line ends are counted', () => {
  expect(['', 'a', 'a\n', '\n\nb\n'].map(countLines)).toEqual([0, 0, 1, 3]);
});
