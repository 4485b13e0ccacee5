/**
 * Splits an operation of which two fields cannot be in one plan, because their `@requires` ask one field for different
 * arguments. Each part is planned and run by itself, and what they give is merged. Fields below one that is split off
 * stay with it.
 */
import { Kind, OperationTypeNode } from 'graphql';
import type { DocumentNode, OperationDefinitionNode, SelectionNode, SelectionSetNode } from 'graphql';
import type { RequiredFields } from './requiredFields.ts';

/**
 * @param document holds the operation only, its fragments written out
 * @returns the document itself when nothing stands against it. A mutation is never split: it would be done twice.
 */
export function partition(document: DocumentNode, { conflicts }: RequiredFields): readonly DocumentNode[] {
  if (conflicts.size === 0 || operationOf(document).operation !== OperationTypeNode.QUERY) return [document];
  const names = conflictingNames(conflicts);
  const parts = numberParts(namesIn(document, names), names);
  const count = Math.max(0, ...parts.values()) + 1;
  if (count === 1) return [document];
  return Array.from({ length: count }, (_, part) => takePart(document, part, parts)).filter((taken) => taken !== null);
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

function namesIn(document: DocumentNode, names: ConflictingNames): ReadonlySet<string> {
  const found = new Set<string>();
  const search = ({ selections }: SelectionSetNode): void => {
    for (const node of selections) {
      if (node.kind === Kind.FIELD && names.has(node.name.value)) found.add(node.name.value);
      if (node.kind !== Kind.FRAGMENT_SPREAD && node.selectionSet) search(node.selectionSet);
    }
  };
  search(operationOf(document).selectionSet);
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

function takePart(document: DocumentNode, part: number, parts: ReadonlyMap<string, number>): DocumentNode | null {
  function take({ selections }: SelectionSetNode): SelectionSetNode | null {
    const left = selections.map(takeNode).filter((node) => node !== null);
    return left.length === 0 ? null : { kind: Kind.SELECTION_SET, selections: left };
  }

  function takeNode(node: SelectionNode): SelectionNode | null {
    if (node.kind === Kind.FRAGMENT_SPREAD) throw new Error('Fragments are written out before.');
    const own = node.kind === Kind.FIELD ? parts.get(node.name.value) : undefined;
    if (own !== undefined) return own === part ? node : null;
    if (!node.selectionSet) return part === 0 ? node : null;
    const selectionSet = take(node.selectionSet);
    return selectionSet && { ...node, selectionSet };
  }

  const operation = operationOf(document);
  const selectionSet = take(operation.selectionSet);
  return selectionSet && { kind: Kind.DOCUMENT, definitions: [{ ...operation, selectionSet }] };
}

function operationOf({ definitions }: DocumentNode): OperationDefinitionNode {
  return definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION) as OperationDefinitionNode;
}
