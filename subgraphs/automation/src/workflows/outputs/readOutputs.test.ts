import fc from 'fast-check';
import type { OutputSource, ValueType } from '../definition.ts';
import { findInJson, parseJsonPath } from './jsonPath.ts';
import { readOutputs } from './readOutputs.ts';

function readOne(type: ValueType, from: OutputSource, stdout: string, exitCode: number | null = 0): unknown {
  const { values, faults } = readOutputs([{ name: 'x', type, from }], { stdout, exitCode });
  return faults[0]?.message ?? values['x'];
}

const document = JSON.stringify({ a: [{ b: 1, 'c.d': 'e' }], n: 1.5, t: true, nothing: null });

test.each<[ValueType, OutputSource, string, unknown]>([
  ['object', { parse: 'json' }, '{"a": 1}', { a: 1 }],
  ['integer', { parse: 'json', path: 'a[0].b' }, document, 1],
  ['text', { parse: 'json', path: 'a[-1]["c.d"]' }, document, 'e'],
  ['number', { parse: 'json', path: 'n' }, document, 1.5],
  ['boolean', { parse: 'json', path: 't' }, document, true],
  ['integer', { parse: 'json', path: 'n' }, document, 'What was read is not an integer.'],
  ['text', { parse: 'json', path: 'nothing' }, document, 'What was read is not a text.'],
  ['text', { parse: 'json', path: 'a[7].b' }, document, 'The output has nothing at a[7].b.'],
  ['text', { parse: 'json', path: 'constructor' }, document, 'The output has nothing at constructor.'],
  ['object', { parse: 'json' }, 'no json', 'The output is not JSON.'],
  ['text', { parse: 'keyValue', key: 'NAME' }, 'ID=x\nNAME="Debian GNU/Linux"\n', 'Debian GNU/Linux'],
  ['integer', { parse: 'keyValue', key: 'count' }, 'count=1\ncount= 22 \r\n', 22],
  ['text', { parse: 'keyValue', key: 'q' }, 'q="', '"'],
  ['text', { parse: 'keyValue', key: 'a.b' }, 'aXb=1', 'The output has no line that begins with a.b=.'],
  ['text', { parse: 'regex', pattern: '^v(\\d+)\\.(\\d+)$' }, 'x\nv12.34\n', '12'],
  ['integer', { parse: 'regex', pattern: 'v(\\d+)\\.(\\d+)', group: 2 }, 'v12.34', 34],
  ['text', { parse: 'regex', pattern: '[a-z]+' }, '12 ab', 'ab'],
  ['text', { parse: 'regex', pattern: 'z' }, 'a', 'The output does not match the pattern.'],
  ['text', { parse: 'regex', pattern: 'a', group: 3 }, 'a', 'The pattern has no group 3.'],
  ['text', { parse: 'regex', pattern: '(a)|b' }, 'b', 'Group 1 of the pattern matched nothing.'],
  ['text', { parse: 'regex', pattern: '(' }, 'b', 'The pattern is not RE2 syntax.'],
  ['text', { parse: 'stdout' }, 'a\nb\n', 'a\nb'],
  ['list', { parse: 'stdout' }, 'a\r\nb\n', ['a', 'b']],
  ['list', { parse: 'stdout' }, '', []],
  ['number', { parse: 'stdout' }, '1e3\n', 1000],
  ['integer', { parse: 'stdout' }, '12345678901234567890', 'What was read is not an integer.'],
  ['boolean', { parse: 'stdout' }, 'yes', 'What was read is not true or false.'],
])('%s by %j from %j is %j', (type, from, stdout, value) => {
  expect(readOne(type, from, stdout)).toEqual(value);
});

test('an exit code is read, and its absence is a fault', () => {
  expect(readOne('integer', { parse: 'exitCode' }, '', 3)).toBe(3);
  expect(readOne('integer', { parse: 'exitCode' }, '', null)).toBe('The program gave no exit code.');
});

test('one fault leaves the other outputs as they are', () => {
  const { values, faults } = readOutputs(
    [
      { name: 'a', type: 'integer', from: { parse: 'keyValue', key: 'a' } },
      { name: 'b', type: 'integer', from: { parse: 'keyValue', key: 'b' } },
    ],
    { stdout: 'a=1\nb=secret', exitCode: 0 },
  );
  expect(values).toEqual({ a: 1 });
  expect(faults).toEqual([{ output: 'b', message: 'What was read is not an integer.' }]);
});

test('whatever a program writes, outputs are read without throwing, and faults do not repeat it', () => {
  const sources: OutputSource[] = [
    { parse: 'json', path: 'a.b' },
    { parse: 'keyValue', key: 'k' },
    { parse: 'regex', pattern: '(a+)+$' },
    { parse: 'stdout' },
  ];
  const types: ValueType[] = ['text', 'integer', 'number', 'boolean', 'list', 'object'];
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(...sources),
      fc.constantFrom(...types),
      (text, from, type) => {
        const stdout = `k=${text}\nhunter2-hunter2`;
        const { faults } = readOutputs([{ name: 'x', type, from }], { stdout, exitCode: 0 });
        for (const { message } of faults) expect(message).not.toContain('hunter2');
      },
    ),
  );
  expect(readOne('text', { parse: 'stdout' }, 'a'.repeat(1024 * 1024 + 1))).toContain('at most');
});

test('every value in a document is found by its path', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^[^"]*$/), fc.jsonValue()), (object) => {
      for (const [name, value] of Object.entries(object)) expect(findInJson(object, `["${name}"]`)).toEqual(value);
    }),
  );
  for (const path of ['', '.a', 'a..b', 'a.', 'a[', 'a[x]', 'a b', '[0]x']) expect(parseJsonPath(path)).toBeUndefined();
});
