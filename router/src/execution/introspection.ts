import { executeSync, Kind } from 'graphql';
import type { DocumentNode, GraphQLError, GraphQLSchema, SelectionNode, SelectionSetNode } from 'graphql';
import type { JsonObject } from './run.ts';

export interface Introspection {
  /** By the client's key. */
  readonly data: JsonObject | undefined;
  readonly errors: readonly GraphQLError[];
}

/**
 * What the router answers itself: `__schema` and `__type`, from the API schema.
 * @param document holds the operation and its fragments only
 * @param schema by which the document is valid
 * @returns undefined when the operation asks for neither
 */
export function compileIntrospection(
  document: DocumentNode,
  schema: GraphQLSchema,
): ((variables: Readonly<Record<string, unknown>>, visible: GraphQLSchema) => Introspection) | undefined {
  const asks = (node: SelectionNode): boolean => {
    if (node.kind === Kind.FIELD) return node.name.value === '__schema' || node.name.value === '__type';
    if (node.kind === Kind.INLINE_FRAGMENT) return node.selectionSet.selections.some(asks);
    const fragment = document.definitions.find(
      (definition) => definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === node.name.value,
    );
    return fragment?.kind === Kind.FRAGMENT_DEFINITION && fragment.selectionSet.selections.some(asks);
  };
  const only = (selectionSet: SelectionSetNode): SelectionSetNode => ({
    ...selectionSet,
    selections: selectionSet.selections
      .filter(asks)
      .map((node) => (node.kind === Kind.INLINE_FRAGMENT ? { ...node, selectionSet: only(node.selectionSet) } : node)),
  });
  const definitions = document.definitions.map((definition) => {
    if (definition.kind === Kind.OPERATION_DEFINITION)
      return { ...definition, selectionSet: only(definition.selectionSet) };
    const isOnQuery =
      definition.kind === Kind.FRAGMENT_DEFINITION &&
      definition.typeCondition.name.value === schema.getQueryType()?.name;
    return isOnQuery ? { ...definition, selectionSet: only(definition.selectionSet) } : definition;
  });
  const [operation] = definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION || operation.selectionSet.selections.length === 0) return undefined;
  const own: DocumentNode = { kind: Kind.DOCUMENT, definitions };
  return (variableValues, visible) => {
    const { data, errors = [] } = executeSync({ schema: visible, document: own, variableValues });
    return { data: data ?? undefined, errors };
  };
}
