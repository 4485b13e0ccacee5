/** Takes what is refused out of an operation, so that the rest is still a valid document. */
import { Kind, visit } from 'graphql';
import type {
  DocumentNode,
  FieldNode,
  FragmentDefinitionNode,
  OperationDefinitionNode,
  SelectionNode,
  SelectionSetNode,
} from 'graphql';
import type { GuardedOperation } from './guards.ts';
import type { Requirement } from './requirement.ts';

/** What is left of an operation for those who do not meet certain requirements. */
export interface FilteredOperation {
  /** Null when nothing is left to execute. */
  readonly document: DocumentNode | null;
  /** Fields that are left and have lost something inside: where an answer must be completed. */
  readonly changed: ReadonlySet<FieldNode>;
  /** By field, the unmet requirements that refuse it. */
  readonly refused: ReadonlyMap<FieldNode, readonly Requirement[]>;
  /** What is refused, each once: `Type.field`. */
  readonly coordinates: readonly string[];
}

export function filterOperation(guarded: GuardedOperation, unmet: ReadonlySet<Requirement>): FilteredOperation {
  const refused = new Map<FieldNode, readonly Requirement[]>();
  for (const [node, requirements] of guarded.needs) {
    const missing = requirements.filter((requirement) => unmet.has(requirement));
    if (missing.length > 0) refused.set(node, missing);
  }
  const { filter, definitionOf, changed } = createFilter(guarded, refused);
  const { operation } = guarded;
  const { selections } = filter(operation.selectionSet);
  const document = documentOf({ ...operation, selectionSet: selectionSetOf(selections) }, definitionOf);
  const coordinates = [...new Set([...refused.keys()].map((node) => guarded.coordinates.get(node) ?? ''))];
  return { document: asksSomething(document) ? document : null, changed, refused, coordinates };
}

interface Filtered {
  readonly selections: readonly SelectionNode[];
  readonly isChanged: boolean;
}

function createFilter(guarded: GuardedOperation, refused: FilteredOperation['refused']) {
  const { fragments, abstractFields, typenameKey } = guarded;
  const changed = new Set<FieldNode>();
  const filteredFragments = new Map<string, Filtered>();

  function filter({ selections }: SelectionSetNode): Filtered {
    const left = selections.map(filterSelection);
    return {
      selections: left.filter((selection) => selection !== null),
      isChanged: left.some((selection, at) => selection !== selections[at] || isSpreadOfChanged(selection)),
    };
  }

  /** The selection itself when nothing in it is refused, null when nothing of it is left. */
  function filterSelection(node: SelectionNode): SelectionNode | null {
    if (node.kind === Kind.FRAGMENT_SPREAD) return filterFragment(node.name.value).selections.length > 0 ? node : null;
    if (node.kind === Kind.FIELD && refused.has(node)) return null;
    if (!node.selectionSet) return node;
    const inside = filter(node.selectionSet);
    if (!inside.isChanged) return node;
    if (node.kind === Kind.FIELD) return withoutRefused(node, inside.selections);
    return inside.selections.length > 0 ? { ...node, selectionSet: selectionSetOf(inside.selections) } : null;
  }

  /** Asks for the type of the object where only the type tells which fields the client expects, or nothing is left. */
  function withoutRefused(node: FieldNode, inside: readonly SelectionNode[]): FieldNode {
    changed.add(node);
    const isTypeNeeded = abstractFields.has(node) || inside.length === 0;
    return { ...node, selectionSet: selectionSetOf(isTypeNeeded ? [typenameAs(typenameKey), ...inside] : inside) };
  }

  function filterFragment(name: string): Filtered {
    const known = filteredFragments.get(name);
    if (known) return known;
    const filtered = filter(fragment(name).selectionSet);
    filteredFragments.set(name, filtered);
    return filtered;
  }

  function isSpreadOfChanged(node: SelectionNode | null | undefined): boolean {
    return node?.kind === Kind.FRAGMENT_SPREAD && filterFragment(node.name.value).isChanged;
  }

  function definitionOf(name: string): FragmentDefinitionNode {
    const { selections, isChanged } = filterFragment(name);
    return isChanged ? { ...fragment(name), selectionSet: selectionSetOf(selections) } : fragment(name);
  }

  function fragment(name: string): FragmentDefinitionNode {
    return fragments.get(name) as FragmentDefinitionNode;
  }

  return { filter, definitionOf, changed };
}

function selectionSetOf(selections: readonly SelectionNode[]): SelectionSetNode {
  return { kind: Kind.SELECTION_SET, selections };
}

function typenameAs(alias: string): FieldNode {
  const name = { kind: Kind.NAME, value: '__typename' } as const;
  return { kind: Kind.FIELD, name, alias: { kind: Kind.NAME, value: alias } };
}

/** The operation with the fragments that it still spreads and the variables that it still uses. */
function documentOf(
  operation: OperationDefinitionNode,
  definitionOf: (name: string) => FragmentDefinitionNode,
): DocumentNode {
  const variables = new Set<string>();
  // A Set that is read while it grows: fragments spread fragments.
  const spread = new Set<string>();
  const note = (node: OperationDefinitionNode | FragmentDefinitionNode): void => {
    visit(
      { ...node, ...(node.kind === Kind.OPERATION_DEFINITION && { variableDefinitions: [] }) },
      {
        Variable: ({ name }) => void variables.add(name.value),
        FragmentSpread: ({ name }) => void spread.add(name.value),
      },
    );
  };
  note(operation);
  const definitions: FragmentDefinitionNode[] = [];
  for (const name of spread) {
    const definition = definitionOf(name);
    note(definition);
    definitions.push(definition);
  }
  const variableDefinitions = (operation.variableDefinitions ?? []).filter(({ variable }) =>
    variables.has(variable.name.value),
  );
  return { kind: Kind.DOCUMENT, definitions: [{ ...operation, variableDefinitions }, ...definitions] };
}

/** False when only type names are left, which need no execution. */
function asksSomething({ definitions }: DocumentNode): boolean {
  const [operation, ...fragments] = definitions as [OperationDefinitionNode, ...FragmentDefinitionNode[]];
  const visited = new Set<string>();
  const asks = ({ selections }: SelectionSetNode): boolean =>
    selections.some((node) => {
      if (node.kind === Kind.FIELD) return node.name.value !== '__typename';
      if (node.kind === Kind.INLINE_FRAGMENT) return asks(node.selectionSet);
      if (visited.has(node.name.value)) return false;
      visited.add(node.name.value);
      const fragment = fragments.find(({ name }) => name.value === node.name.value);
      return fragment !== undefined && asks(fragment.selectionSet);
    });
  return asks(operation.selectionSet);
}
