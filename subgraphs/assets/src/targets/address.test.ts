import fc from 'fast-check';
import { isAddress } from './address.ts';

test.each([
  'web-1',
  'web-1.example.com',
  'WEB_1.internal',
  'xn--bcher-kva.example',
  '1and1.com',
  '10.0.0.7',
  '255.255.255.255',
  'fd00::7',
  '::1',
  '::ffff:10.0.0.7',
  `${'a'.repeat(63)}.example`,
])('%s is an address', (text) => {
  expect(isAddress(text)).toBe(true);
});

test.each([
  '',
  '.',
  'web..example',
  'example.com.',
  '-oProxyCommand=reboot',
  'web-.example',
  `${'a'.repeat(64)}.example`,
  `${'a.'.repeat(127)}`,
  'http://web-1',
  'root@web-1',
  'web-1:22',
  '[fd00::7]',
  'fe80::1%eth0',
  'web 1',
  'web-1\n',
  'web-1\0',
  '$(reboot)',
  '`id`',
  'bücher.example',
  // What a resolver would read as an IPv4 address.
  '127.1',
  '2130706433',
  '0x7f000001',
  '0x7f.1',
  '010.0.0.7',
  '256.0.0.1',
  '1.2.3.4.5',
])('%j is none', (text) => {
  expect(isAddress(text)).toBe(false);
});

test('every IP address is an address', () => {
  fc.assert(fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), isAddress));
});

test('every domain name is an address', () => {
  fc.assert(fc.property(fc.domain(), isAddress));
});

test('an address holds nothing that a shell, a URL or a terminal would see something in', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.webUrl(), fc.emailAddress()), (text) => {
      expect(isAddress(text) && !/^[a-zA-Z0-9._:-]+$/.test(text)).toBe(false);
      expect(isAddress(text) && text.startsWith('-')).toBe(false);
    }),
  );
});
