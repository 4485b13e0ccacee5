import fc from 'fast-check';
import { canonicalJson } from './canonicalJson.ts';
import type { Json } from './canonicalJson.ts';

const json = fc.jsonValue({ noUnicodeString: false, stringUnit: 'grapheme' }) as fc.Arbitrary<Json>;

test('the example of RFC 8785, 3.2.4', () => {
  const value = {
    numbers: [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
    string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/',
    literals: [null, true, false],
  };
  expect(canonicalJson(value)).toBe(
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  );
});

test('properties are sorted by UTF-16 code units, as in RFC 8785, 3.2.3', () => {
  const value = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\ud83d\ude00': 5, '\u0080': 6, '\u00f6': 7 };
  const names = [...canonicalJson(value).matchAll(/:(\d)/g)].map(([, number]) => number);
  expect(names.join('')).toBe('2467153');
});

test('it says the same as the value', () => {
  fc.assert(
    fc.property(json, (value) => {
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

test('it is the same text whatever way a value has gone', () => {
  fc.assert(
    fc.property(json, (value) => {
      expect(canonicalJson(JSON.parse(JSON.stringify(value)) as Json)).toBe(canonicalJson(value));
    }),
  );
});

test('it does not depend on the order of properties', () => {
  const properties = fc.uniqueArray(fc.tuple(fc.string(), json), { selector: ([name]) => name });
  fc.assert(
    fc.property(properties, fc.gen(), (entries, gen) => {
      const shuffled = gen(fc.shuffledSubarray, entries, { minLength: entries.length });
      expect(canonicalJson(Object.fromEntries(shuffled))).toBe(canonicalJson(Object.fromEntries(entries)));
    }),
  );
});

test('different values have different texts', () => {
  fc.assert(
    fc.property(json, json, (one, other) => {
      const isSame = JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
      expect(canonicalJson(one) === canonicalJson(other)).toBe(isSame);
    }),
  );
});

test.each([NaN, Infinity, '\ud800', { '\udc00': 1 }, [undefined], { a: undefined }])('%j has none', (value) => {
  expect(() => canonicalJson(value as unknown as Json)).toThrow(TypeError);
});

function sorted(value: Json): unknown {
  if (Array.isArray(value)) return ['array', ...value.map((item: Json) => sorted(item))];
  if (value === null || typeof value !== 'object') return value;
  const properties = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return ['object', ...properties.map(([name, each]) => [name, sorted(each)])];
}
