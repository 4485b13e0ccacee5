/**
 * The part of the schema that somebody may use, for their introspection: a field that they could only be refused is not
 * in it, nor a type that nothing leads to any more. Policies count as if they said yes: they depend on arguments.
 */
import { buildASTSchema, Kind, parse, printSchema } from 'graphql';
import type {
  DefinitionNode,
  FieldDefinitionNode,
  GraphQLCompositeType,
  GraphQLSchema,
  InterfaceTypeDefinitionNode,
  ObjectTypeDefinitionNode,
  TypeDefinitionNode,
  TypeNode,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Viewer } from '@opsconductor/authz';
import type { Requirements } from './readRequirements.ts';
import { isMet } from './requirement.ts';
import { createSchemaRequirements } from './schemaRequirements.ts';

export type VisibleSchema = (viewer: Viewer) => GraphQLSchema;

/** Groups of viewers, told apart by their permissions, whose schema is kept. */
const KEPT_SCHEMAS = 50;

export function createVisibleSchema(schema: GraphQLSchema, requirements: Requirements): VisibleSchema {
  const kept = new LRUCache<string, GraphQLSchema>({ max: KEPT_SCHEMAS });
  const schemaRequirements = createSchemaRequirements(schema, requirements);

  function isVisible(viewer: Viewer, typeName: string, fieldName: string): boolean {
    const type = schema.getType(typeName) as GraphQLCompositeType;
    const field = 'getFields' in type ? type.getFields()[fieldName] : undefined;
    return !field || schemaRequirements.ofField(type, field).every((needed) => isMet(needed, viewer, () => true));
  }

  return (viewer) => {
    const key = viewer.kind === 'anonymous' ? '' : `user ${[...viewer.permissions].sort().join(' ')}`;
    const known = kept.get(key);
    if (known) return known;
    const visible = filterSchema(schema, (type, field) => isVisible(viewer, type, field));
    kept.set(key, visible);
    return visible;
  };
}

type FieldsDefinition = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;

function filterSchema(schema: GraphQLSchema, isVisible: (type: string, field: string) => boolean): GraphQLSchema {
  const types = new Map<string, TypeDefinitionNode>();
  const others: DefinitionNode[] = [];
  for (const definition of parse(printSchema(schema), { noLocation: true }).definitions) {
    if (definition.kind === Kind.DIRECTIVE_DEFINITION || definition.kind === Kind.SCHEMA_DEFINITION)
      others.push(definition);
    else types.set((definition as TypeDefinitionNode).name.value, definition as TypeDefinitionNode);
  }
  for (const [name, definition] of types)
    if (hasFields(definition))
      types.set(
        name,
        withFields(definition, (field) => isVisible(name, field.name.value)),
      );
  dropEmpty(types);
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const reached = reach(types, [...roots.flatMap((root) => (root ? [root.name] : [])), ...argumentTypes(others)]);
  if (!types.has('Query')) return emptySchema;
  return buildASTSchema(
    {
      kind: Kind.DOCUMENT,
      definitions: [...others, ...[...types.values()].filter(({ name }) => reached.has(name.value))],
    },
    { assumeValid: true },
  );
}

/** What somebody sees who may use nothing. */
const emptySchema = buildASTSchema(parse('type Query { _: Boolean }'));

function hasFields(definition: TypeDefinitionNode): definition is FieldsDefinition {
  return definition.kind === Kind.OBJECT_TYPE_DEFINITION || definition.kind === Kind.INTERFACE_TYPE_DEFINITION;
}

function withFields(definition: FieldsDefinition, keep: (field: FieldDefinitionNode) => boolean): FieldsDefinition {
  return { ...definition, fields: (definition.fields ?? []).filter(keep) };
}

/** A type of which nothing is left goes, with the fields that return it, until there is none. */
function dropEmpty(types: Map<string, TypeDefinitionNode>): void {
  for (let isChanging = true; isChanging;) {
    isChanging = false;
    for (const [name, definition] of types) {
      const left = withoutDropped(definition, types);
      if (left !== definition) {
        isChanging = true;
        if (left) types.set(name, left);
        else types.delete(name);
      }
    }
  }
}

function withoutDropped(
  definition: TypeDefinitionNode,
  types: ReadonlyMap<string, TypeDefinitionNode>,
): TypeDefinitionNode | undefined {
  const isThere = (type: TypeNode): boolean => builtIn.has(namedType(type)) || types.has(namedType(type));
  if (definition.kind === Kind.UNION_TYPE_DEFINITION) {
    const members = (definition.types ?? []).filter(isThere);
    if (members.length === 0) return undefined;
    return members.length === definition.types?.length ? definition : { ...definition, types: members };
  }
  if (!hasFields(definition)) return definition;
  const fields = (definition.fields ?? []).filter(({ type }) => isThere(type));
  const interfaces = (definition.interfaces ?? []).filter(isThere);
  if (fields.length === 0) return undefined;
  const isSame =
    fields.length === definition.fields?.length && interfaces.length === (definition.interfaces ?? []).length;
  return isSame ? definition : { ...definition, fields, interfaces };
}

const builtIn: ReadonlySet<string> = new Set(['Int', 'Float', 'String', 'Boolean', 'ID']);

/** Types that something leads to from the given ones, objects behind interfaces included. */
function reach(types: ReadonlyMap<string, TypeDefinitionNode>, from: readonly string[]): ReadonlySet<string> {
  // A Set that is read while it grows.
  const reached = new Set(from);
  for (const name of reached) {
    const definition = types.get(name);
    if (!definition) continue;
    for (const next of typesIn(definition)) reached.add(next);
    if (definition.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
    for (const [implementer, other] of types)
      if (hasFields(other) && other.interfaces?.some((one) => one.name.value === name)) reached.add(implementer);
  }
  return reached;
}

function typesIn(definition: TypeDefinitionNode): readonly string[] {
  switch (definition.kind) {
    case Kind.UNION_TYPE_DEFINITION:
      return (definition.types ?? []).map(namedType);
    case Kind.OBJECT_TYPE_DEFINITION:
    case Kind.INTERFACE_TYPE_DEFINITION:
      return [
        ...(definition.interfaces ?? []).map(namedType),
        ...(definition.fields ?? []).flatMap((field) => [
          namedType(field.type),
          ...(field.arguments ?? []).map(({ type }) => namedType(type)),
        ]),
      ];
    case Kind.INPUT_OBJECT_TYPE_DEFINITION:
      return (definition.fields ?? []).map(({ type }) => namedType(type));
    default:
      return [];
  }
}

function argumentTypes(definitions: readonly DefinitionNode[]): string[] {
  return definitions.flatMap((definition) =>
    definition.kind === Kind.DIRECTIVE_DEFINITION
      ? (definition.arguments ?? []).map(({ type }) => namedType(type))
      : [],
  );
}

function namedType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type);
}
