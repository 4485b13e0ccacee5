import { kindOf, nameOf } from './fields.ts';
import type { Condition, Filter, Test } from './filter.ts';

/** Writes a filter so that parsing gives the same filter again. */
export function printFilter(filter: Filter): string {
  switch (filter.kind) {
    case 'all':
      return 'all';
    case 'and':
      return filter.of.map((each) => (each.kind === 'or' ? `(${printFilter(each)})` : printFilter(each))).join(' and ');
    case 'or':
      return filter.of.map(printFilter).join(' or ');
    case 'not':
      return printNot(filter.of);
    case 'condition':
      return printCondition(filter);
  }
}

function printNot(filter: Filter): string {
  if (filter.kind === 'and' || filter.kind === 'or') return `not (${printFilter(filter)})`;
  if (filter.kind === 'condition') {
    const { operator } = filter.test;
    if (operator === 'matches') return printCondition(filter).replace('~', '!~');
    if (signOf(filter) === '=') return printCondition(filter).replace('=', '!=');
  }
  return `not ${printFilter(filter)}`;
}

const comparisonSigns = { less: '<', atMost: '<=', more: '>', atLeast: '>=' } as const;

function printCondition(condition: Condition): string {
  const { subject, test } = condition;
  const name = nameOf(subject);
  if (test.operator === 'exists') return `has:${name}`;
  if (test.operator === 'oneOf') return `${name} in (${test.values.map(printText).join(', ')})`;
  return `${name}${signOf(condition)}${printOperand(test)}`;
}

/** Tags and services read best with a colon; in groups it has a meaning of its own. */
function signOf({ subject, test }: Condition): string {
  if (test.operator === 'matches') return '~';
  if (test.operator === 'under') return ':';
  if (test.operator === 'equals' || test.operator === 'like') return kindOf(subject).kind === 'texts' ? ':' : '=';
  return test.operator in comparisonSigns ? comparisonSigns[test.operator as 'less'] : '';
}

function printOperand(test: Test): string {
  if ('pattern' in test) return test.operator === 'like' ? test.pattern : quote(test.pattern);
  return 'value' in test ? printText(test.value) : '';
}

function printText(text: string): string {
  return /^[\p{L}\p{N}_./:@+-]+$/u.test(text) ? text : quote(text);
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
