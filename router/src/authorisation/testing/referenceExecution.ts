/**
 * What the rules mean, said once more in another way: the client's own document is executed by graphql-js, and the
 * resolver of a refused field throws. Nothing is taken out, nothing put back.
 */
import {
  buildSchema,
  execute,
  getNamedType,
  getNullableType,
  isAbstractType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  printSchema,
} from 'graphql';
import type {
  DocumentNode,
  ExecutionResult,
  FieldNode,
  FragmentDefinitionNode,
  GraphQLCompositeType,
  GraphQLFieldResolver,
  GraphQLNamedType,
  GraphQLOutputType,
  GraphQLSchema,
  OperationDefinitionNode,
  SelectionNode,
  SelectionSetNode,
} from 'graphql';
import type { Viewer } from '@opsconductor/authz';
import type { Requirements } from '../requirements.ts';

/** Fragments written out: every field stands in one place only. */
export function withoutFragments(document: DocumentNode): DocumentNode {
  const definitions = document.definitions as readonly (OperationDefinitionNode | FragmentDefinitionNode)[];
  const fragments = new Map(
    definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION).map((node) => [node.name.value, node]),
  );
  const expand = ({ kind, selections }: SelectionSetNode): SelectionSetNode => ({
    kind,
    selections: selections.map(expandNode),
  });
  const expandNode = (node: SelectionNode): SelectionNode => {
    if (node.kind !== Kind.FRAGMENT_SPREAD)
      return node.selectionSet ? { ...node, selectionSet: expand(node.selectionSet) } : { ...node };
    const { typeCondition, selectionSet } = fragments.get(node.name.value) as FragmentDefinitionNode;
    return {
      kind: Kind.INLINE_FRAGMENT,
      typeCondition,
      directives: node.directives ?? [],
      selectionSet: expand(selectionSet),
    };
  };
  const operation = definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION) as OperationDefinitionNode;
  return { kind: Kind.DOCUMENT, definitions: [{ ...operation, selectionSet: expand(operation.selectionSet) }] };
}

/** Whether the viewer meets what is asked for under a name. */
export function createMeets({ types, fields }: Requirements, viewer: Viewer) {
  return (name: string): boolean => {
    const requirement = types.get(name) ?? fields.get(name);
    if (!requirement) return true;
    if (viewer.kind === 'anonymous') return false;
    const held: ReadonlySet<string> = viewer.permissions;
    return requirement.scopes?.some((set) => set.every((scope) => held.has(scope))) ?? true;
  };
}

export type Meets = ReturnType<typeof createMeets>;

/** The fields of a document without fragments that the rules of SPEC.md refuse. */
export function refusedFields(document: DocumentNode, schema: GraphQLSchema, meets: Meets): ReadonlySet<FieldNode> {
  const refused = new Set<FieldNode>();
  const mayReturn = (type: GraphQLNamedType): boolean =>
    isAbstractType(type) ? schema.getPossibleTypes(type).some(({ name }) => meets(name)) : meets(type.name);

  function walk({ selections }: SelectionSetNode, parent: GraphQLCompositeType, isInsideRefused: boolean): void {
    for (const node of selections) {
      if (node.kind === Kind.FIELD) walkField(node, parent, isInsideRefused);
      if (node.kind !== Kind.INLINE_FRAGMENT) continue;
      const type = (
        node.typeCondition ? schema.getType(node.typeCondition.name.value) : parent
      ) as GraphQLCompositeType;
      walk(node.selectionSet, type, isInsideRefused || (isObjectType(type) && !meets(type.name)));
    }
  }

  function walkField(node: FieldNode, parent: GraphQLCompositeType, isInsideRefused: boolean): void {
    if (node.name.value === '__typename' || !(isObjectType(parent) || isInterfaceType(parent))) return;
    const type = getNamedType(parent.getFields()[node.name.value]?.type) as GraphQLNamedType;
    const isAllowed = meets(parent.name) && meets(`${parent.name}.${node.name.value}`) && mayReturn(type);
    if (isInsideRefused || !isAllowed) refused.add(node);
    if (node.selectionSet) walk(node.selectionSet, type as GraphQLCompositeType, false);
  }

  const [operation] = document.definitions as [OperationDefinitionNode];
  walk(operation.selectionSet, schema.getQueryType() as GraphQLCompositeType, false);
  return refused;
}

/** The same schema in which every field may be null, so that no error hides another. */
export function allNullable(schema: GraphQLSchema): GraphQLSchema {
  return buildSchema(printSchema(schema).replaceAll('!', ''), { assumeValid: true });
}

export interface World {
  /** What the values are of, whichever schema they are executed with. */
  readonly schema: GraphQLSchema;
  readonly seed: number;
  /** Whether some fields fail by themselves. */
  readonly hasFaults: boolean;
}

/** Values that depend on the place in the answer only, so that different executions see the same world. */
export function run(
  document: DocumentNode,
  schema: GraphQLSchema,
  { schema: types, seed, hasFaults }: World,
  variableValues: Record<string, unknown>,
  onField: (node: readonly FieldNode[], coordinate: string) => void,
): ExecutionResult {
  const chance = (place: string): number => hashOf(`${seed} ${place}`);
  const valueAt = (type: GraphQLOutputType, place: string): unknown => {
    const nullable = getNullableType(type);
    if (!isNonNullType(type) && chance(`${place}?`) % 6 === 0) return null;
    if (isListType(nullable))
      return Array.from({ length: chance(`${place}#`) % 3 }, (_, at) => valueAt(nullable.ofType, `${place}.${at}`));
    if (isLeafType(nullable)) return `${place}`;
    const possible = isAbstractType(nullable)
      ? types
          .getPossibleTypes(nullable)
          .map(({ name }) => name)
          .sort()
      : [];
    return { __typename: possible[chance(place) % possible.length] };
  };
  const fieldResolver: GraphQLFieldResolver<unknown, unknown> = (_source, _arguments, _context, info) => {
    onField(info.fieldNodes, `${info.parentType.name}.${info.fieldName}`);
    const place: string[] = [];
    for (let at: typeof info.path | undefined = info.path; at; at = at.prev) place.unshift(String(at.key));
    if (hasFaults && chance(`${place.join('.')}!`) % 8 === 0) throw new Error('fault');
    return valueAt(typeIn(types, info.parentType.name, info.fieldName), place.join('.'));
  };
  return execute({ schema, document, variableValues, fieldResolver }) as ExecutionResult;
}

function typeIn(schema: GraphQLSchema, parent: string, field: string): GraphQLOutputType {
  const type = schema.getType(parent);
  if (!isObjectType(type)) throw new Error(`${parent} is no object type`);
  return type.getFields()[field]?.type as GraphQLOutputType;
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  return (hash ^ (hash >>> 13)) >>> 0;
}
