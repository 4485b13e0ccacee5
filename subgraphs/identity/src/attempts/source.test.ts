import { sourceOf } from './source.ts';

const from = (clientAddress: string) => sourceOf({ kind: 'anonymous', clientAddress });

test('an IPv4 address is a source of its own, in any spelling', () => {
  expect(from('203.0.113.9')).toBe('203.0.113.9');
  expect(from('::ffff:203.0.113.9')).toBe('203.0.113.9');
});

test('all addresses of an IPv6 network are one source', () => {
  expect(from('2001:db8:1:2::1')).toBe('2001:db8:1:2::/64');
  expect(from('2001:db8:1:2:ffff:1:2:3')).toBe(from('2001:db8:1:2::1'));
  expect(from('2001:db8:1:3::1')).not.toBe(from('2001:db8:1:2::1'));
});

test('what is no address is no source', () => {
  expect(sourceOf({ kind: 'anonymous' })).toBeUndefined();
  expect(from('')).toBeUndefined();
  expect(from('nonsense')).toBeUndefined();
});
