/** Makes conditions out of names, signs and texts, whoever wrote them: the parser, or a client with a tree. */
import { FilterFault } from './faults.ts';
import { kindOf } from './fields.ts';
import type { FieldKind, Subject } from './fields.ts';
import { FILTER_LIMITS } from './filter.ts';
import type { Comparison, Condition, Test } from './filter.ts';
import { toPortablePattern } from './pattern.ts';

/** The signs of the language that make one condition. `!=` and `!~` are `not` with one of these. */
export type Sign = ':' | '=' | '~' | '<' | '<=' | '>' | '>=' | 'in' | 'has';

/** A text and where it stands. */
export interface Operand {
  readonly text: string;
  readonly position: number;
  /** Whether `*` and `?` stand for other characters in it. */
  readonly isGlob: boolean;
}

const comparisons: Partial<Record<Sign, Comparison>> = { '<': 'less', '<=': 'atMost', '>': 'more', '>=': 'atLeast' };
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const idForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const numberForm = /^-?\d{1,15}(\.\d{1,9})?$/;
const dateForm = /^\d{4}-\d\d-\d\d$/;

/** The signs that a field takes, with which an error answers. */
export function signsOf({ kind, ...more }: FieldKind): readonly Sign[] {
  switch (kind) {
    case 'id':
      return ['=', 'in'];
    case 'text':
      return ['=', '~', 'in'];
    case 'texts':
      return [':', '=', '~', 'in'];
    case 'number':
      return ['=', '<', '<=', '>', '>=', 'in'];
    case 'choice':
      return 'isOrdered' in more && more.isOrdered ? ['=', '<', '<=', '>', '>=', 'in'] : ['=', 'in'];
    case 'path':
      return [':', '='];
    case 'attribute':
      return ['=', '~', '<', '<=', '>', '>=', 'in'];
  }
}

/**
 * @param position where the sign stands
 * @throws {FilterFault}
 */
export function makeCondition(subject: Subject, sign: Sign, operands: readonly Operand[], position: number): Condition {
  const kind = kindOf(subject);
  const allowed = signsOf(kind);
  if (sign !== 'has' && !allowed.includes(sign)) throw new FilterFault(position, allowed);
  return { kind: 'condition', subject, test: makeTest(kind, sign, operands, position) };
}

function makeTest(kind: FieldKind, sign: Sign, operands: readonly Operand[], position: number): Test {
  if (sign === 'has') return { operator: 'exists' };
  const [operand] = operands;
  if (!operand) throw new FilterFault(position, ['a value']);
  if (operands.length > FILTER_LIMITS.values)
    throw new FilterFault(operands[FILTER_LIMITS.values]!.position, [`at most ${FILTER_LIMITS.values} values`]);
  for (const each of operands) requirePrintable(each);
  if (sign === 'in') {
    const values = [...new Set(operands.map((each) => readValue(kind, each)))];
    return values.length === 1 ? { operator: 'equals', value: values[0]! } : { operator: 'oneOf', values };
  }
  const comparison = comparisons[sign];
  if (comparison) return { operator: comparison, value: readComparable(kind, operand) };
  if (sign === '~') return { operator: 'matches', pattern: readPattern(operand) };
  if (kind.kind === 'path') return { operator: sign === ':' ? 'under' : 'equals', value: readValue(kind, operand) };
  if (operand.isGlob && (kind.kind === 'text' || kind.kind === 'texts' || kind.kind === 'attribute'))
    return { operator: 'like', pattern: operand.text.normalize('NFC').replace(/\*+/g, '*') };
  return { operator: 'equals', value: readValue(kind, operand) };
}

function requirePrintable({ text, position }: Operand): void {
  if (text.length > FILTER_LIMITS.valueCharacters)
    throw new FilterFault(position, [`a value of at most ${FILTER_LIMITS.valueCharacters} characters`]);
  const at = text.search(unprintable);
  if (at >= 0) throw new FilterFault(position + at, ['a printable character']);
}

function readValue(kind: FieldKind, { text, position }: Operand): string {
  switch (kind.kind) {
    case 'id':
      if (!idForm.test(text)) throw new FilterFault(position, ['an id']);
      return text.toLowerCase();
    case 'number':
      if (!numberForm.test(text)) throw new FilterFault(position, ['a number']);
      return String(Number(text));
    case 'choice':
      if (!kind.choices.includes(text.toLowerCase())) throw new FilterFault(position, kind.choices);
      return text.toLowerCase();
    case 'path':
      return readPath(text.normalize('NFC'), position);
    default:
      return text.normalize('NFC');
  }
}

function readPath(text: string, position: number): string {
  const path = text.replace(/(?<=.)\/$/, '');
  if (!path.startsWith('/')) throw new FilterFault(position, ['the path of a group, such as /dmz/legacy']);
  if (path.includes('//')) throw new FilterFault(position + path.indexOf('//') + 1, ['the name of a group']);
  return path;
}

/** Numbers, days and ordered words. */
function readComparable(kind: FieldKind, operand: Operand): string {
  if (kind.kind !== 'attribute') return readValue(kind, operand);
  if (numberForm.test(operand.text)) return String(Number(operand.text));
  const isDay = dateForm.test(operand.text) && !Number.isNaN(Date.parse(operand.text));
  if (!isDay) throw new FilterFault(operand.position, ['a number', 'a date such as 2026-01-31']);
  return operand.text;
}

function readPattern({ text, position }: Operand): string {
  const pattern = text.normalize('NFC');
  try {
    toPortablePattern(pattern);
  } catch (error) {
    if (error instanceof FilterFault) throw new FilterFault(position + error.position, error.expected);
    throw error;
  }
  return pattern;
}
