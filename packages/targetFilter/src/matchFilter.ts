import { kindOf } from './fields.ts';
import type { FieldName, Subject } from './fields.ts';
import type { Comparison, Condition, Filter, Test } from './filter.ts';
import { compilePattern, toPortablePattern } from './pattern.ts';

/** A target as filters see it. What is not known is null, or empty. */
export interface FilterTarget {
  readonly id: string;
  readonly name: string;
  readonly address: readonly string[];
  readonly os: string | null;
  readonly description: string | null;
  readonly env: string | null;
  readonly owner: string | null;
  readonly criticality: string | null;
  readonly port: number | null;
  readonly tag: readonly string[];
  readonly service: readonly string[];
  /** Paths of the groups that it is in itself, such as `/dmz/legacy`. */
  readonly group: readonly string[];
  readonly state: string;
  readonly hostkey: string;
  readonly datacenter: string | null;
  readonly rack: string | null;
  readonly serial: string | null;
  readonly contract: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

/** A date is a text such as `2026-01-31`. */
export type AttributeValue = string | number | boolean;

export type MatchesTarget = (target: FilterTarget) => boolean;

/** Makes a function of a filter, for the same answer that the database gives. */
export function compileFilter(filter: Filter): MatchesTarget {
  switch (filter.kind) {
    case 'all':
      return () => true;
    case 'and': {
      const parts = filter.of.map(compileFilter);
      return (target) => parts.every((matches) => matches(target));
    }
    case 'or': {
      const parts = filter.of.map(compileFilter);
      return (target) => parts.some((matches) => matches(target));
    }
    case 'not': {
      const matches = compileFilter(filter.of);
      return (target) => !matches(target);
    }
    case 'condition':
      return compileCondition(filter);
  }
}

type Value = string | number | boolean;

function compileCondition({ subject, test }: Condition): MatchesTarget {
  const matches = compileTest(subject, test);
  return (target) => valuesOf(target, subject).some(matches);
}

function valuesOf(target: FilterTarget, subject: Subject): readonly Value[] {
  if ('key' in subject) {
    const values = subject.field === 'label' ? target.labels : target.attributes;
    return Object.hasOwn(values, subject.key) ? [values[subject.key]!] : [];
  }
  const value = target[subject.field satisfies FieldName];
  if (value === null) return [];
  return typeof value === 'object' ? value : [value];
}

function compileTest(subject: Subject, test: Test): (value: Value) => boolean {
  switch (test.operator) {
    case 'exists':
      return () => true;
    case 'equals':
      return (value) => String(value) === test.value;
    case 'oneOf': {
      const values = new Set(test.values);
      return (value) => values.has(String(value));
    }
    case 'like': {
      const pattern = compilePattern(globPattern(test.pattern));
      return (value) => pattern(String(value));
    }
    case 'matches': {
      const pattern = compilePattern(toPortablePattern(test.pattern));
      return (value) => pattern(String(value));
    }
    case 'under':
      return (value) => test.value === '/' || value === test.value || String(value).startsWith(`${test.value}/`);
    default:
      return compileComparison(subject, test.operator, test.value);
  }
}

function compileComparison(subject: Subject, operator: Comparison, limit: string): (value: Value) => boolean {
  const kind = kindOf(subject);
  if (kind.kind === 'choice') {
    const rank = kind.choices.indexOf(limit);
    return (value) => holds(operator, kind.choices.indexOf(String(value)) - rank);
  }
  const number = Number(limit);
  if (!Number.isNaN(number)) return (value) => typeof value === 'number' && holds(operator, value - number);
  return (value) => typeof value === 'string' && isDay(value) && holds(operator, Date.parse(value) - Date.parse(limit));
}

function isDay(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text);
}

function holds(operator: Comparison, difference: number): boolean {
  switch (operator) {
    case 'less':
      return difference < 0;
    case 'atMost':
      return difference <= 0;
    case 'more':
      return difference > 0;
    case 'atLeast':
      return difference >= 0;
  }
}

/** The regular expression of a pattern with `*` and `?`. */
function globPattern(glob: string): string {
  const body = [...glob].map((character) =>
    character === '*' ? '.*' : character === '?' ? '.' : character.replace(/^[!-/:-@[-`{-~]$/, '\\$&'),
  );
  return `^${body.join('')}$`;
}
