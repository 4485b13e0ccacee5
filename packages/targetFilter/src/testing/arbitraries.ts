import fc from 'fast-check';
import { makeCondition } from '../condition.ts';
import { findSubject } from '../fields.ts';
import { allOf, anyOf, everything, not } from '../filter.ts';
import type { Filter } from '../filter.ts';

const operand = (text: string, isGlob = false) => ({ text, position: 0, isGlob });
const subject = (name: string) => findSubject(name)!;
const printable = fc
  .string({ unit: 'grapheme', maxLength: 12 })
  .map((text) => text.normalize('NFC').replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, ''));
const textField = fc.constantFrom(
  'name',
  'os',
  'env',
  'owner',
  'tag',
  'address',
  'service',
  'label.env',
  'team',
  'attr.x',
);
const orderedField = fc.constantFrom('criticality', 'port', 'attr.cores');
const glob = fc.stringMatching(/^[a-z*?.-]{1,8}$/);
const pattern = fc.stringMatching(/^[a-z]{1,3}([0-9]|\[0-4\]|\.|x\*|y\+|\(ab\|cd\)|z\{1,3\}|\\\.|\\d){0,4}\$?$/);

const condition: fc.Arbitrary<Filter> = fc.oneof(
  fc.tuple(textField, printable).map(([name, text]) => makeCondition(subject(name), '=', [operand(text)], 0)),
  fc
    .tuple(textField, glob)
    .map(([name, text]) => makeCondition(subject(name), '=', [operand(text, /[*?]/.test(text))], 0)),
  fc.tuple(textField, pattern).map(([name, text]) => makeCondition(subject(name), '~', [operand(text)], 0)),
  fc.tuple(textField, fc.array(printable, { minLength: 1, maxLength: 4 })).map(([name, texts]) =>
    makeCondition(
      subject(name),
      'in',
      texts.map((text) => operand(text)),
      0,
    ),
  ),
  fc
    .tuple(orderedField, fc.constantFrom('<', '<=', '>', '>='))
    .map(([name, sign]) =>
      makeCondition(subject(name), sign as '<', [operand(name === 'criticality' ? 'high' : '22')], 0),
    ),
  fc
    .tuple(fc.constantFrom(':', '='), fc.constantFrom('/', '/dmz', '/dmz/old servers', '/ä'))
    .map(([sign, path]) => makeCondition(subject('group'), sign as ':', [operand(path)], 0)),
  fc.tuple(textField).map(([name]) => makeCondition(subject(name), 'has', [], 0)),
  fc.constant(everything),
);

/** Filters of every shape that the language can say. */
export const filters: fc.Arbitrary<Filter> = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    condition,
    tie('filter').map(not),
    fc.array(tie('filter'), { minLength: 1, maxLength: 4 }).map(allOf),
    fc.array(tie('filter'), { minLength: 1, maxLength: 4 }).map(anyOf),
  ),
})).filter;
