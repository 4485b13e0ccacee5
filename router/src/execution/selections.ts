/** CollectFields of the GraphQL specification (section 6.3.2) for conditions whose values are known. */
import { isAbstractType, Kind } from 'graphql';
import type {
  DirectiveNode,
  DocumentNode,
  FieldNode,
  FragmentDefinitionNode,
  GraphQLCompositeType,
  GraphQLSchema,
  SelectionSetNode,
} from 'graphql';

export interface Selecting {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** Values of the variables in conditions. */
  readonly conditions: Readonly<Record<string, unknown>>;
}

/** By response key, in the order of the client. */
export function collectFields(
  type: GraphQLCompositeType,
  selectionSets: readonly SelectionSetNode[],
  { schema, fragments, conditions }: Selecting,
): ReadonlyMap<string, readonly FieldNode[]> {
  const fields = new Map<string, FieldNode[]>();
  const visited = new Set<string>();

  function collect({ selections }: SelectionSetNode): void {
    for (const node of selections) {
      if (!isIncluded(node.directives, conditions)) continue;
      if (node.kind === Kind.FIELD) {
        const key = node.alias?.value ?? node.name.value;
        fields.set(key, [...(fields.get(key) ?? []), node]);
        continue;
      }
      if (node.kind === Kind.FRAGMENT_SPREAD && visited.has(node.name.value)) continue;
      if (node.kind === Kind.FRAGMENT_SPREAD) visited.add(node.name.value);
      const fragment = node.kind === Kind.FRAGMENT_SPREAD ? fragments.get(node.name.value) : node;
      if (fragment && applies(schema, fragment.typeCondition?.name.value, type)) collect(fragment.selectionSet);
    }
  }

  for (const selectionSet of selectionSets) collect(selectionSet);
  return fields;
}

function applies(schema: GraphQLSchema, condition: string | undefined, type: GraphQLCompositeType): boolean {
  if (condition === undefined || condition === type.name) return true;
  const conditionType = schema.getType(condition);
  return isAbstractType(conditionType) && 'getFields' in type && schema.isSubType(conditionType, type);
}

function isIncluded(directives: readonly DirectiveNode[] = [], conditions: Selecting['conditions']): boolean {
  return directives.every(({ name, arguments: [condition] = [] }) => {
    if (name.value !== 'skip' && name.value !== 'include') return true;
    const value = condition?.value;
    const given =
      value?.kind === Kind.VARIABLE ? conditions[value.name.value] : value?.kind === Kind.BOOLEAN && value.value;
    return name.value === 'skip' ? given !== true : given === true;
  });
}

/** Names of the variables that decide what is in the answer. */
export function conditionVariables(document: DocumentNode): readonly string[] {
  const names = new Set<string>();
  const search = ({ selections }: SelectionSetNode): void => {
    for (const node of selections) {
      for (const { name, arguments: [condition] = [] } of node.directives ?? [])
        if ((name.value === 'skip' || name.value === 'include') && condition?.value.kind === Kind.VARIABLE)
          names.add(condition.value.name.value);
      if (node.kind !== Kind.FRAGMENT_SPREAD && node.selectionSet) search(node.selectionSet);
    }
  };
  for (const definition of document.definitions) if ('selectionSet' in definition) search(definition.selectionSet);
  return [...names];
}
