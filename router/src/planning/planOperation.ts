import { operationFromDocument } from '@apollo/federation-internals';
import type { QueryPlan } from '@apollo/query-planner';
import { getOperationAST, Kind } from 'graphql';
import type { DocumentNode, FieldNode, FragmentDefinitionNode, SelectionSetNode } from 'graphql';
import { toCanonical } from './canonicalOperation.ts';
import { partition } from './partition.ts';
import type { LoadedSupergraph } from './supergraph.ts';

export interface PlannedOperation {
  /** One, but for operations whose fields cannot be in one plan: what the plans give is merged. */
  readonly plans: readonly QueryPlan[];
  /** By field of the document: its key in what the plans give. */
  readonly planKeys: ReadonlyMap<FieldNode, string>;
}

/**
 * @param document valid against the API schema
 * @throws Error the operation cannot be planned: the subgraphs have no way to what it asks
 */
export function planOperation(
  supergraph: LoadedSupergraph,
  document: DocumentNode,
  operationName: string | undefined,
): PlannedOperation {
  const { schema, requiredFields, fieldNames, planner, plannedSchema } = supergraph;
  const own = withoutOtherOperations(document, operationName);
  const canonical = toCanonical(own, { schema, fieldNames, taken: requiredFields.reservedNames });
  const parts = canonical.document ? partition(canonical.document, requiredFields) : [];
  const plans = parts.map((part) =>
    planner.buildQueryPlan(operationFromDocument(plannedSchema, part, { validate: false })),
  );
  return { plans, planKeys: canonical.planKeys };
}

function withoutOtherOperations(document: DocumentNode, operationName: string | undefined): DocumentNode {
  const operation = getOperationAST(document, operationName);
  if (!operation) throw new Error('The document has no such operation: this is checked before.');
  const fragments = fragmentsUnder(operation.selectionSet, document);
  return { kind: Kind.DOCUMENT, definitions: [operation, ...fragments] };
}

function fragmentsUnder(selectionSet: SelectionSetNode, { definitions }: DocumentNode): FragmentDefinitionNode[] {
  const found = new Map<string, FragmentDefinitionNode>();
  const search = ({ selections }: SelectionSetNode): void => {
    for (const node of selections) {
      if (node.kind !== Kind.FRAGMENT_SPREAD) {
        if (node.selectionSet) search(node.selectionSet);
        continue;
      }
      const fragment = definitions.find(
        (candidate) => candidate.kind === Kind.FRAGMENT_DEFINITION && candidate.name.value === node.name.value,
      );
      if (fragment?.kind !== Kind.FRAGMENT_DEFINITION || found.has(node.name.value)) continue;
      found.set(node.name.value, fragment);
      search(fragment.selectionSet);
    }
  };
  search(selectionSet);
  return [...found.values()];
}
