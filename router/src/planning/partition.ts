/**
 * Splits an operation of which two fields cannot be in one plan, because their `@requires` ask one field for different
 * arguments. Each part is planned and run by itself, and what they give is merged. Fields below one that is split off
 * stay with it.
 */
import { getNamedType, Kind, OperationTypeNode } from 'graphql';
import type {
  DocumentNode,
  FragmentDefinitionNode,
  GraphQLCompositeType,
  GraphQLSchema,
  OperationDefinitionNode,
  SelectionNode,
  SelectionSetNode,
} from 'graphql';
import { findField } from './fields.ts';
import type { RequiredFields } from './requiredFields.ts';

/**
 * @param document holds the operation and its fragments only
 * @returns the document itself when nothing stands against it. A mutation is never split: it would be done twice.
 */
export function partition(
  document: DocumentNode,
  schema: GraphQLSchema,
  { conflicts }: RequiredFields,
): readonly DocumentNode[] {
  if (conflicts.size === 0 || operationOf(document).operation !== OperationTypeNode.QUERY) return [document];
  const names = conflictingNames(conflicts);
  const parts = numberParts(namesIn(document, names), names);
  const count = Math.max(0, ...parts.values()) + 1;
  if (count === 1) return [document];
  return Array.from({ length: count }, (_, part) => takePart(document, schema, part, parts)).filter(
    (taken) => taken !== null,
  );
}

type ConflictingNames = ReadonlyMap<string, ReadonlySet<string>>;

/** By name of the field alone: an interface stands for many types. */
function conflictingNames(conflicts: RequiredFields['conflicts']): ConflictingNames {
  const nameOf = (coordinate: string): string => coordinate.slice(coordinate.indexOf('.') + 1);
  const names = new Map<string, Set<string>>();
  for (const [one, others] of conflicts) {
    const known = names.get(nameOf(one)) ?? new Set<string>();
    names.set(nameOf(one), known);
    for (const other of others) known.add(nameOf(other));
  }
  return names;
}

function namesIn({ definitions }: DocumentNode, names: ConflictingNames): ReadonlySet<string> {
  const found = new Set<string>();
  const search = ({ selections }: SelectionSetNode): void => {
    for (const node of selections) {
      if (node.kind === Kind.FIELD && names.has(node.name.value)) found.add(node.name.value);
      if (node.kind !== Kind.FRAGMENT_SPREAD && node.selectionSet) search(node.selectionSet);
    }
  };
  for (const definition of definitions) if ('selectionSet' in definition) search(definition.selectionSet);
  return found;
}

/** Each name gets the first part in which nothing stands against it. */
function numberParts(found: ReadonlySet<string>, names: ConflictingNames): ReadonlyMap<string, number> {
  const parts = new Map<string, number>();
  for (const name of found) {
    const taken = new Set([...(names.get(name) ?? [])].map((other) => parts.get(other)));
    let part = 0;
    while (taken.has(part)) part += 1;
    parts.set(name, part);
  }
  return parts;
}

function takePart(
  document: DocumentNode,
  schema: GraphQLSchema,
  part: number,
  parts: ReadonlyMap<string, number>,
): DocumentNode | null {
  const fragments = new Map<string, FragmentDefinitionNode | null>();

  function take({ selections }: SelectionSetNode, parent: GraphQLCompositeType): SelectionSetNode | null {
    const left = selections.map((node) => takeNode(node, parent)).filter((node) => node !== null);
    return left.length === 0 ? null : { kind: Kind.SELECTION_SET, selections: left };
  }

  function takeNode(node: SelectionNode, parent: GraphQLCompositeType): SelectionNode | null {
    if (node.kind === Kind.FRAGMENT_SPREAD) return takeFragment(node.name.value) ? node : null;
    if (node.kind === Kind.INLINE_FRAGMENT)
      return withSelections(node, typeNamed(node.typeCondition?.name.value, parent));
    const own = parts.get(node.name.value);
    if (own !== undefined) return own === part ? node : null;
    if (!node.selectionSet) return part === 0 ? node : null;
    const inner = getNamedType(findField(schema, parent, node.name.value).type) as GraphQLCompositeType;
    return withSelections(node, inner);
  }

  function withSelections<Node extends SelectionNode & { readonly selectionSet?: SelectionSetNode | undefined }>(
    node: Node,
    type: GraphQLCompositeType,
  ): Node | null {
    const selectionSet = node.selectionSet && take(node.selectionSet, type);
    return selectionSet ? { ...node, selectionSet } : null;
  }

  function takeFragment(name: string): FragmentDefinitionNode | null {
    const known = fragments.get(name);
    if (known !== undefined) return known;
    const definition = document.definitions.find(
      (candidate) => candidate.kind === Kind.FRAGMENT_DEFINITION && candidate.name.value === name,
    ) as FragmentDefinitionNode;
    const selectionSet = take(definition.selectionSet, typeNamed(definition.typeCondition.name.value));
    const taken = selectionSet && { ...definition, selectionSet };
    fragments.set(name, taken);
    return taken;
  }

  function typeNamed(name: string | undefined, otherwise?: GraphQLCompositeType): GraphQLCompositeType {
    return (name === undefined ? otherwise : schema.getType(name)) as GraphQLCompositeType;
  }

  const operation = operationOf(document);
  const selectionSet = take(operation.selectionSet, schema.getRootType(operation.operation) as GraphQLCompositeType);
  if (!selectionSet) return null;
  const used = [...fragments.values()].filter((fragment) => fragment !== null);
  return { kind: Kind.DOCUMENT, definitions: [{ ...operation, selectionSet }, ...used] };
}

function operationOf({ definitions }: DocumentNode): OperationDefinitionNode {
  return definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION) as OperationDefinitionNode;
}
