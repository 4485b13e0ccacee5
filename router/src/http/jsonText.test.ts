import fc from 'fast-check';
import { JsonRefused, parseJsonText } from './jsonText.ts';

test('reads whatever JSON.stringify writes', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
      const text = JSON.stringify(value);
      expect(parseJsonText(text)).toEqual(JSON.parse(text));
      expect(parseJsonText(JSON.stringify(value, null, 2))).toEqual(JSON.parse(text));
    }),
  );
});

test.each([
  ['{"query":"{ a }","query":"{ b }"}'],
  ['{"query":"{ a }","que\\u0072y":"{ b }"}'],
  ['{"variables":{"a":[{"b":1,"c":{},"b":2}]}}'],
  ['{ "a" : "x" , "b" : [ 1 , 2 ] , "a" : 3 }'],
  ['{"":1,"":2}'],
  ['{"a\\"":1,"a\\"":2}'],
])('refuses two equal names: %s', (text) => {
  expect(() => parseJsonText(text)).toThrow(new JsonRefused('names something twice in one object'));
});

test.each([
  ['{"a":"a","b":"a"}'],
  ['[{"a":1},{"a":1}]'],
  ['{"a":{"a":{"a":["a","a"]}}}'],
  ['{"a\\\\":"\\"a","a":"{\\"a\\":1,\\"a\\":2}"}'],
])('accepts equal names in different objects, and equal texts: %s', (text) => {
  expect(parseJsonText(text)).toEqual(JSON.parse(text));
});

test('bounds nesting', () => {
  const nested = (levels: number): string => '[{"a":'.repeat(levels / 2) + '1' + '}]'.repeat(levels / 2);
  expect(() => parseJsonText(nested(32))).not.toThrow();
  expect(() => parseJsonText(nested(34))).toThrow('is nested more than 32 levels deep');
  expect(() => parseJsonText(nested(20_000))).toThrow(JsonRefused);
});

test('bounds lists, each by itself', () => {
  const list = (items: number): string => JSON.stringify({ ids: Array.from({ length: items }, () => 1) });
  expect(() => parseJsonText(list(10_000))).not.toThrow();
  expect(() => parseJsonText(list(10_001))).toThrow('has a list of more than 10000 items');
});

test.each(['', '{', '"', '"\\', '{"a', 'undefined', '[1,]'])('refuses %j, which is no JSON', (text) => {
  expect(() => parseJsonText(text)).toThrow('is no JSON');
});
