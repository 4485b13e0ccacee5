import type { Subject } from './fields.ts';

/** A filter as it was understood. Made by the functions below, so that what means the same has one shape. */
export type Filter =
  | { readonly kind: 'all' }
  | { readonly kind: 'and'; readonly of: readonly Filter[] }
  | { readonly kind: 'or'; readonly of: readonly Filter[] }
  | { readonly kind: 'not'; readonly of: Filter }
  | Condition;

export interface Condition {
  readonly kind: 'condition';
  readonly subject: Subject;
  readonly test: Test;
}

export type Comparison = 'less' | 'atMost' | 'more' | 'atLeast';

export type Test =
  | { readonly operator: 'equals'; readonly value: string }
  | { readonly operator: 'oneOf'; readonly values: readonly string[] }
  /** `*` stands for any characters, `?` for one. */
  | { readonly operator: 'like'; readonly pattern: string }
  /** A regular expression of `pattern.ts`, as it was written; found anywhere in the text. */
  | { readonly operator: 'matches'; readonly pattern: string }
  | { readonly operator: Comparison; readonly value: string }
  /** In this group or in one below it. */
  | { readonly operator: 'under'; readonly value: string }
  | { readonly operator: 'exists' };

/** Bounds of every filter, wherever it comes from. */
export const FILTER_LIMITS = { characters: 4_000, depth: 50, nodes: 500, values: 200, valueCharacters: 500 } as const;

export const everything: Filter = { kind: 'all' };

export function allOf(filters: readonly Filter[]): Filter {
  return combine('and', filters);
}

export function anyOf(filters: readonly Filter[]): Filter {
  return combine('or', filters);
}

export function not(filter: Filter): Filter {
  return { kind: 'not', of: filter };
}

/** Nested ones of the same kind are one. */
function combine(kind: 'and' | 'or', filters: readonly Filter[]): Filter {
  const flat = filters.flatMap((filter) => (filter.kind === kind ? filter.of : [filter]));
  return flat.length === 1 ? flat[0]! : { kind, of: flat };
}

/** Conditions, in the order in which they are written. */
export function* conditionsOf(filter: Filter): Generator<Condition> {
  if (filter.kind === 'condition') yield filter;
  else if (filter.kind === 'not') yield* conditionsOf(filter.of);
  else if (filter.kind !== 'all') for (const each of filter.of) yield* conditionsOf(each);
}

/** How many things a filter demands at least: the larger, the more specific. `or` is as specific as its loosest part. */
export function specificityOf(filter: Filter): number {
  switch (filter.kind) {
    case 'all':
      return 0;
    case 'condition':
      return 1;
    case 'not':
      return 1;
    case 'and':
      return filter.of.reduce((sum, each) => sum + specificityOf(each), 0);
    case 'or':
      return Math.min(...filter.of.map(specificityOf));
  }
}
