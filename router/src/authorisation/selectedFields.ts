/** CollectFields of the GraphQL specification (section 6.3.2), which also tells what of it is refused. */
import { isAbstractType, Kind } from 'graphql';
import type {
  DirectiveNode,
  FieldNode,
  FragmentDefinitionNode,
  GraphQLObjectType,
  GraphQLSchema,
  OperationDefinitionNode,
  SelectionSetNode,
} from 'graphql';
import type { Requirement } from './requirement.ts';

/** What a client asks under one response key of one object. */
export interface SelectedField {
  readonly name: string;
  readonly nodes: FieldNode[];
  readonly selectionSets: SelectionSetNode[];
  /** The nodes that are refused: one is enough to refuse the key. */
  readonly refusedNodes: FieldNode[];
  readonly unmet: Requirement[];
}

/** In the order in which the client expects them. */
export type SelectedFields = ReadonlyMap<string, SelectedField>;

export interface Selecting {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** By the name of the variable, defaults included. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** By field, the requirements that refuse it. */
  readonly refused: ReadonlyMap<FieldNode, readonly Requirement[]>;
}

export function selectFields(
  type: GraphQLObjectType,
  selectionSets: readonly SelectionSetNode[],
  { schema, fragments, variables, refused }: Selecting,
): SelectedFields {
  const fields = new Map<string, SelectedField>();
  const visited = new Set<string>();

  function select({ selections }: SelectionSetNode): void {
    for (const node of selections) {
      if (!isIncluded(node.directives, variables)) continue;
      if (node.kind === Kind.FIELD) {
        addField(fields, node, refused.get(node));
        continue;
      }
      if (node.kind === Kind.FRAGMENT_SPREAD && visited.has(node.name.value)) continue;
      if (node.kind === Kind.FRAGMENT_SPREAD) visited.add(node.name.value);
      const fragment = node.kind === Kind.FRAGMENT_SPREAD ? fragments.get(node.name.value) : node;
      if (fragment && applies(schema, fragment.typeCondition?.name.value, type)) select(fragment.selectionSet);
    }
  }

  for (const selectionSet of selectionSets) select(selectionSet);
  return fields;
}

function addField(
  fields: Map<string, SelectedField>,
  node: FieldNode,
  unmet: readonly Requirement[] | undefined,
): void {
  const key = node.alias?.value ?? node.name.value;
  const name = node.name.value;
  const field = fields.get(key) ?? { name, nodes: [], selectionSets: [], refusedNodes: [], unmet: [] };
  fields.set(key, field);
  field.nodes.push(node);
  if (node.selectionSet) field.selectionSets.push(node.selectionSet);
  if (!unmet) return;
  field.refusedNodes.push(node);
  field.unmet.push(...unmet);
}

function applies(schema: GraphQLSchema, condition: string | undefined, type: GraphQLObjectType): boolean {
  if (condition === undefined || condition === type.name) return true;
  const conditionType = schema.getType(condition);
  return isAbstractType(conditionType) && schema.isSubType(conditionType, type);
}

/** Anything but a plain yes or no counts as asked for: its execution will say what is wrong with it. */
export function isIncluded(
  directives: readonly DirectiveNode[] = [],
  variables: Readonly<Record<string, unknown>>,
): boolean {
  return directives.every(({ name, arguments: [condition] = [] }) => {
    const value = condition?.value;
    const given =
      value?.kind === Kind.VARIABLE ? variables[value.name.value] : value?.kind === Kind.BOOLEAN && value.value;
    return !((name.value === 'skip' && given === true) || (name.value === 'include' && given === false));
  });
}

/** The variables as they were given, with the defaults of `@skip` and `@include` conditions (literal booleans). */
export function withDefaults(
  { variableDefinitions = [] }: OperationDefinitionNode,
  given: Readonly<Record<string, unknown>> | null | undefined,
): Readonly<Record<string, unknown>> {
  const defaults = variableDefinitions.flatMap(({ variable, defaultValue }) =>
    defaultValue?.kind === Kind.BOOLEAN ? [[variable.name.value, defaultValue.value] as const] : [],
  );
  const values = Object.entries(given ?? {}).filter(([, value]) => value !== undefined);
  return Object.fromEntries([...defaults, ...values]);
}
