import fc from 'fast-check';
import { FilterFault } from './index.ts';
import { compilePattern, toPortablePattern } from './pattern.ts';

const piece = fc.constantFrom(
  'a',
  'b',
  '0',
  '.',
  '[ab]',
  '[^a]',
  '[0-9a]',
  '\\d',
  '\\w',
  '\\.',
  '(a|b0)',
  'a*',
  'b+',
  '0?',
  'a{1,3}',
  '-',
);
const patterns = fc
  .tuple(fc.boolean(), fc.array(piece, { minLength: 1, maxLength: 8 }), fc.boolean())
  .map(([start, pieces, end]) => `${start ? '^' : ''}${pieces.join('')}${end ? '$' : ''}`);

test('means what it means everywhere', () => {
  fc.assert(
    fc.property(patterns, fc.stringMatching(/^[ab01.-]{0,10}$/), (pattern, text) => {
      expect(compilePattern(toPortablePattern(pattern))(text)).toBe(new RegExp(pattern, 's').test(text));
    }),
    { numRuns: 2_000 },
  );
});

test('what takes others for ever takes no time', () => {
  const matches = compilePattern(toPortablePattern('^(a+)+$'));
  const startedAt = performance.now();
  expect(matches(`${'a'.repeat(50_000)}!`)).toBe(false);
  expect(performance.now() - startedAt).toBeLessThan(2_000);
});

test.each([
  '(',
  ')',
  'a|',
  '|a',
  '()',
  '*',
  'a**',
  'a*?',
  '^*',
  '[',
  '[]',
  '[b-a]',
  '[[:alpha:]]',
  '(?i)a',
  '(?:a)',
  '(?=a)',
  '\\1',
  '\\b',
  '\\',
  'a{101}',
  'a{3,1}',
  'a{',
  '((a{50}){50})',
  '(('.repeat(20),
  'a'.repeat(201),
])('refuses %j', (pattern) => {
  expect(() => toPortablePattern(pattern)).toThrow(FilterFault);
});
