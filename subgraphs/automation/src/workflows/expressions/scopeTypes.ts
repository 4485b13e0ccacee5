import type { ValueType } from '../definition.ts';

/**
 * What an expression can see, by name: the type of a value, or the names inside of it. `any` is not checked before it is
 * evaluated.
 */
export type ScopeTypes = Readonly<Record<string, ScopeType>>;
export type ScopeType = ValueType | 'any' | { readonly [name: string]: ScopeType };

const celTypes = {
  text: 'string',
  integer: 'int',
  number: 'double',
  boolean: 'bool',
  list: 'list<dyn>',
  object: 'map<string, dyn>',
  any: 'dyn',
} as const satisfies Record<ValueType | 'any', string>;

/** A type as CEL spells it; names inside of a value become a schema. */
export type CelType = string | { [name: string]: CelType };

export function toCelType(type: ScopeType): CelType {
  if (typeof type === 'string') return celTypes[type];
  return Object.fromEntries(Object.entries(type).map(([name, inner]) => [name, toCelType(inner)]));
}

/** The type of an expression's value, of what the CEL checker calls it. */
export function fromCelType(name: string): ValueType | 'any' {
  const outer = name.replace(/<.*/, '');
  switch (outer) {
    case 'string':
      return 'text';
    case 'int':
    case 'uint':
      return 'integer';
    case 'double':
      return 'number';
    case 'bool':
      return 'boolean';
    case 'list':
      return 'list';
    case 'map':
      return 'object';
    default:
      // A value with names inside has a type of its own, which starts with `$`; instants and durations become text.
      if (outer.startsWith('$')) return 'object';
      return outer.startsWith('google.protobuf.') ? 'text' : 'any';
  }
}

/** Whether a value of one type is acceptable where the other is needed. */
export function isAssignable(from: ValueType | 'any', to: ValueType | 'any'): boolean {
  return from === to || from === 'any' || to === 'any' || (from === 'integer' && to === 'number');
}
