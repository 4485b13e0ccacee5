import { FilterFault, allOf, parseFilter, readFilterTree } from '@opsconductor/target-filter';
import type { Filter, FilterTree } from '@opsconductor/target-filter';
import { BadUserInput, InvalidInput } from '@opsconductor/subgraph';

/**
 * A filter of a mutation's input.
 * @throws {InvalidInput} named by the field, with the character that is wrong
 */
export function readFilterInput(field: string, text: string): Filter {
  try {
    return parseFilter(text);
  } catch (error) {
    if (error instanceof FilterFault) throw new InvalidInput(field, error.message);
    throw error;
  }
}

/**
 * A filter of a query's arguments, as text, as a tree, or both.
 * @returns undefined when neither is given
 * @throws {BadUserInput}
 */
export function readFilterArgument({
  expression,
  tree,
}: {
  expression?: string | null | undefined;
  tree?: FilterTree | null | undefined;
}): Filter | undefined {
  const given = [
    ...(expression == null ? [] : [() => parseFilter(expression)]),
    ...(tree == null ? [] : [() => readFilterTree(tree)]),
  ];
  try {
    return given.length === 0 ? undefined : allOf(given.map((read) => read()));
  } catch (error) {
    if (error instanceof FilterFault) throw new BadUserInput(`filter: ${error.message}`);
    throw error;
  }
}
