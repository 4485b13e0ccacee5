/** The filter as a tree of plain values, for clients that build filters by hand; the same bounds hold. */
import { makeCondition } from './condition.ts';
import type { Sign } from './condition.ts';
import { FilterFault } from './faults.ts';
import { findSubject, kindOf } from './fields.ts';
import { FILTER_LIMITS, allOf, anyOf, not } from './filter.ts';
import type { Filter } from './filter.ts';

/** Exactly one of the four is given. */
export interface FilterTree {
  readonly all?: readonly FilterTree[] | null | undefined;
  readonly any?: readonly FilterTree[] | null | undefined;
  readonly not?: FilterTree | null | undefined;
  readonly condition?: ConditionTree | null | undefined;
}

export interface ConditionTree {
  /** As in the language: `env`, `tag`, `label.team`, `attr.warranty`. */
  readonly field: string;
  readonly operator: TreeOperator;
  readonly values?: readonly string[] | null | undefined;
}

export type TreeOperator =
  'EQUALS' | 'LIKE' | 'MATCHES' | 'LESS' | 'AT_MOST' | 'MORE' | 'AT_LEAST' | 'UNDER' | 'EXISTS';

const signs: Record<TreeOperator, Sign> = {
  EQUALS: 'in',
  LIKE: '=',
  MATCHES: '~',
  LESS: '<',
  AT_MOST: '<=',
  MORE: '>',
  AT_LEAST: '>=',
  UNDER: ':',
  EXISTS: 'has',
};

/**
 * @throws {FilterFault} the position is that of the condition among the conditions of the tree, from 0
 */
export function readFilterTree(tree: FilterTree): Filter {
  let nodes = 0;
  const read = (node: FilterTree, depth: number): Filter => {
    if (depth > FILTER_LIMITS.depth) throw new FilterFault(nodes, [`at most ${FILTER_LIMITS.depth} levels`]);
    if (nodes > FILTER_LIMITS.nodes) throw new FilterFault(nodes, [`at most ${FILTER_LIMITS.nodes} conditions`]);
    const given = [node.all, node.any, node.not, node.condition].filter((part) => part != null);
    if (given.length !== 1) throw new FilterFault(nodes, ['exactly one of all, any, not and condition']);
    if (node.condition) return readCondition(node.condition, nodes++);
    if (node.not) return not(read(node.not, depth + 1));
    const parts = (node.all ?? node.any ?? []).map((part) => read(part, depth + 1));
    if (parts.length === 0) throw new FilterFault(nodes, ['at least one filter in all and any']);
    return node.all ? allOf(parts) : anyOf(parts);
  };
  return read(tree, 0);
}

function readCondition({ field, operator, values }: ConditionTree, position: number): Filter {
  const subject = findSubject(field);
  if (!subject) throw new FilterFault(position, ['a field', 'a label']);
  const isPath = kindOf(subject).kind === 'path';
  const sign = operator === 'EQUALS' && isPath ? '=' : signs[operator];
  const texts = values ?? [];
  if (operator === 'EXISTS' ? texts.length > 0 : texts.length === 0 || (sign !== 'in' && texts.length > 1))
    throw new FilterFault(position, [operator === 'EXISTS' ? 'no value' : sign === 'in' ? 'values' : 'one value']);
  if (operator === 'LIKE' && /[\s()",]/.test(texts[0] ?? ''))
    throw new FilterFault(position, ['a pattern without white space, brackets, commas and quotes']);
  if (operator === 'UNDER' && !isPath) throw new FilterFault(position, ['UNDER with the field group']);
  try {
    const operands = texts.map((text) => ({ text, position: 0, isGlob: operator === 'LIKE' && /[*?]/.test(text) }));
    return makeCondition(subject, sign, operands, 0);
  } catch (error) {
    if (error instanceof FilterFault) throw new FilterFault(position, error.expected);
    throw error;
  }
}
