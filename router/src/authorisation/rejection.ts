import { Kind } from 'graphql';
import type { FieldNode, SelectionSetNode } from 'graphql';
import type { GuardedOperation } from './guards.ts';
import type { Refusals } from './refusals.ts';
import { isIncluded } from './selectedFields.ts';
import type { Selecting } from './selectedFields.ts';

/**
 * Everything in an operation that is refused and asked for, without an answer to look at: one error per field of the
 * document, its path without the indices of lists. Linear in the document: a fragment is looked at where it is spread
 * first.
 */
export function refusedFields({ operation }: GuardedOperation, selecting: Selecting, refusals: Refusals): void {
  const { fragments, variables, refused } = selecting;
  const visited = new Set<string>();

  function visitField(node: FieldNode, path: readonly string[]): void {
    const unmet = refused.get(node);
    const own = [...path, node.alias?.value ?? node.name.value];
    if (unmet) {
      const name = node.name.value;
      refusals.add(own, { name, nodes: [node], selectionSets: [], refusedNodes: [node], unmet: [...unmet] });
    } else if (node.selectionSet) visitAll(node.selectionSet, own);
  }

  function visitAll({ selections }: SelectionSetNode, path: readonly string[]): void {
    for (const node of selections) {
      if (!isIncluded(node.directives, variables)) continue;
      if (node.kind === Kind.FIELD) visitField(node, path);
      else if (node.kind === Kind.INLINE_FRAGMENT) visitAll(node.selectionSet, path);
      else if (!visited.has(node.name.value)) {
        visited.add(node.name.value);
        const fragment = fragments.get(node.name.value);
        if (fragment) visitAll(fragment.selectionSet, path);
      }
    }
  }

  visitAll(operation.selectionSet, []);
}
