import fc from 'fast-check';
import { foldAddress, parseAddress } from './emailAddress.ts';

test.each<[string, string]>([
  ['Grace.Hopper@Navy.Example', 'grace.hopper@navy.example'],
  ['  ops@localhost ', 'ops@localhost'],
  ["o'brien+alerts@sub.example.org", "o'brien+alerts@sub.example.org"],
  ['jürgen@müller.example'.normalize('NFD'), 'jürgen@müller.example'.normalize('NFC')],
])('%j is an address', (text, address) => {
  expect(parseAddress(text)).toBe(address);
});

test.each([
  '',
  '@',
  'grace',
  'grace@',
  '@navy.example',
  'grace hopper@navy.example',
  'grace@navy..example',
  'grace@-navy.example',
  '.grace@navy.example',
  'grace@navy.example, other@navy.example',
  'grace@navy.example\r\nBcc: other@navy.example',
  'Grace <grace@navy.example>',
  'grace@navy.example\0',
  'grace@@navy.example',
  `${'g'.repeat(65)}@navy.example`,
  `grace@${'navy.'.repeat(60)}example`,
  `${'a'.repeat(1_000_000)}@navy.example`,
])('%j is none', (text) => {
  expect(parseAddress(text)).toBeUndefined();
});

test('an address parses to itself again, and no text makes the parser fail', () => {
  const texts = fc.oneof(
    fc.emailAddress(),
    fc.string({ unit: 'binary' }),
    fc.string().map((text) => `a@${text}`),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const address = parseAddress(text);
      if (address === undefined) return;
      expect(parseAddress(address)).toBe(address);
      expect(foldAddress(text)).toBe(address);
    }),
  );
});
