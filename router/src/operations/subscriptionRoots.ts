import { Kind, OperationTypeNode } from 'graphql';
import type { DocumentNode, SelectionSetNode } from 'graphql';
import { refuse } from '../errors/requestRefused.ts';

/**
 * A live field is always there: skipped, it would leave nothing to answer. Asked before validation, because graphql-js's
 * rule of the single root field throws where the condition is a variable.
 * @throws {RequestRefused} a root field of a subscription, or a fragment around one, has a directive
 */
export function requirePlainRoots({ definitions }: DocumentNode): void {
  const fragments = new Map(
    definitions
      .filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION)
      .map((fragment) => [fragment.name.value, fragment]),
  );
  const visited = new Set<string>();

  function visitRoots({ selections }: SelectionSetNode): void {
    for (const selection of selections) {
      if (selection.directives?.length)
        throw refuse('GRAPHQL_VALIDATION_FAILED', 'The root field of a subscription takes no directives.');
      if (selection.kind === Kind.INLINE_FRAGMENT) visitRoots(selection.selectionSet);
      else if (selection.kind === Kind.FRAGMENT_SPREAD) visitFragment(selection.name.value);
    }
  }

  /** Nothing is valid yet: a fragment may be missing, or spread itself. */
  function visitFragment(name: string): void {
    const fragment = fragments.get(name);
    if (!fragment || visited.has(name)) return;
    visited.add(name);
    visitRoots(fragment.selectionSet);
  }

  for (const definition of definitions)
    if (definition.kind === Kind.OPERATION_DEFINITION && definition.operation === OperationTypeNode.SUBSCRIPTION)
      visitRoots(definition.selectionSet);
}
