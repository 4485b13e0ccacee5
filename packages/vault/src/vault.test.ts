import { inspect } from 'node:util';
import fc from 'fast-check';
import { SealBroken, Secret, SealingKeyMissing, createRootKey, createVault } from './index.ts';
import type { Place } from './index.ts';

const rootKey = createRootKey();
const vault = createVault({ rootKey });
const place: Place = { table: 'credentials', row: '0199a5b0-0000-7000-8000-000000000001', field: 'sealed', version: 1 };
const value = 'correct horse battery staple';
const seal = (at = place) => vault.seal(Secret.from(value), at);

const text = fc.string({ unit: 'binary' });
const places = fc.record({ table: text, row: text, field: text, version: fc.integer({ min: 1 }) });

test('what is sealed for a place opens there', () => {
  fc.assert(
    fc.property(text, places, (secret, at) => {
      expect(vault.open(vault.seal(Secret.from(secret), at), at).reveal()).toBe(secret);
    }),
  );
});

test('no other place opens it: a swap of two ciphertexts fails closed', () => {
  fc.assert(
    fc.property(places, places, (sealedFor, openedAt) => {
      fc.pre(JSON.stringify(sealedFor) !== JSON.stringify(openedAt));
      const sealed = seal(sealedFor);
      expect(() => vault.open(sealed, openedAt)).toThrow(SealBroken);
    }),
  );
});

test('fields cannot be shifted into each other', () => {
  const sealed = seal({ ...place, table: 'a', row: 'bc' });
  expect(() => vault.open(sealed, { ...place, table: 'ab', row: 'c' })).toThrow(SealBroken);
});

test('no byte can be changed, cut off or added', () => {
  const sealed = Buffer.from(seal());
  for (let at = 0; at < sealed.length; at += 1) {
    const changed = Buffer.from(sealed);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(() => vault.open(changed, place)).toThrow(at >= 1 && at <= 8 ? SealingKeyMissing : SealBroken);
    expect(() => vault.open(sealed.subarray(0, at), place)).toThrow(SealBroken);
  }
  expect(() => vault.open(Buffer.concat([sealed, Buffer.of(0)]), place)).toThrow(SealBroken);
});

test('a value cannot be moved under the data key of another seal', () => {
  const one = Buffer.from(seal());
  const other = Buffer.from(seal());
  expect(() => vault.open(Buffer.concat([one.subarray(0, 69), other.subarray(69)]), place)).toThrow(SealBroken);
});

test('sealing twice gives different bytes, none of which hold the value', () => {
  const [one, other] = [Buffer.from(seal()), Buffer.from(seal())];
  expect(one.subarray(9).equals(other.subarray(9))).toBe(false);
  expect(one.includes(value)).toBe(false);
  expect(one).toHaveLength(97 + value.length);
});

test('the newest root key seals, all of the ring open, others do not', () => {
  const newest = createRootKey();
  const rotated = createVault({ rootKey: newest, olderRootKeys: [rootKey] });
  expect(rotated.open(seal(), place).reveal()).toBe(value);
  const sealedAfter = rotated.seal(Secret.from(value), place);
  expect(createVault({ rootKey: newest }).open(sealedAfter, place).reveal()).toBe(value);
  expect(() => vault.open(sealedAfter, place)).toThrow(SealingKeyMissing);
});

test('a text that UTF-8 cannot hold is refused, and not changed in silence', () => {
  expect(() => vault.seal(Secret.from('lone \ud800 surrogate'), place)).toThrow(TypeError);
});

test('errors and keys show nothing of values', () => {
  const shown = [
    () => vault.open(seal(), { ...place, version: 2 }),
    () => createVault({ rootKey: createRootKey() }).open(seal(), place),
  ]
    .map((fails) => {
      try {
        return fails();
      } catch (error) {
        return inspect(error, { depth: Infinity, showHidden: true });
      }
    })
    .concat(inspect({ rootKey, vault }, { depth: Infinity, showHidden: true }), JSON.stringify({ rootKey, vault }));
  for (const each of shown) {
    expect(each).not.toContain('horse');
    expect(each).not.toContain(rootKey.export().toString('hex').slice(0, 16));
  }
});
