/** What the fields of a schema need, each with everything that bears on it. Rules N1 to N7 of SPEC.md. */
import {
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isObjectType,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
} from 'graphql';
import type { GraphQLCompositeType, GraphQLField, GraphQLNamedType, GraphQLSchema } from 'graphql';
import type { Requirements } from './readRequirements.ts';
import { anyOf } from './requirement.ts';
import type { Requirement } from './requirement.ts';

export interface SchemaRequirements {
  readonly schema: GraphQLSchema;
  /**
   * All of which somebody needs who asks for a field on `parent`: what the field asks for, the type that it returns, and
   * the type that it belongs to. The last is what guards the fields of a type that is reached through an interface or a
   * union, where no field returns the type itself.
   */
  ofField(parent: GraphQLCompositeType, field: GraphQLField<unknown, unknown>): readonly Requirement[];
}

export function createSchemaRequirements(
  schema: GraphQLSchema,
  { types, fields }: Requirements,
  { isSchemaPublic = false } = {},
): SchemaRequirements {
  const abstract = new Map<string, Requirement | undefined>();

  /** Whoever may see none of the types behind an interface or a union may not learn that there is something either. */
  function ofReturned(type: GraphQLNamedType): Requirement | undefined {
    if (!isAbstractType(type)) return types.get(type.name);
    if (!abstract.has(type.name))
      abstract.set(type.name, anyOf(schema.getPossibleTypes(type).map(({ name }) => types.get(name))));
    return abstract.get(type.name);
  }

  return {
    schema,
    ofField(parent, field) {
      if (field === SchemaMetaFieldDef || field === TypeMetaFieldDef) return isSchemaPublic ? [] : [introspection];
      const own = fields.get(`${parent.name}.${field.name}`);
      const all = [own, ofReturned(getNamedType(field.type)), types.get(parent.name)];
      return all.filter((requirement) => requirement !== undefined);
    },
  };
}

/** Reading the schema through `__schema` and `__type`. */
const introspection: Requirement = { authenticated: false, scopes: [['schema:read']] };

/** @throws when the type has no such field, which validation has ruled out */
export function fieldOf(
  schema: GraphQLSchema,
  parent: GraphQLCompositeType,
  name: string,
): GraphQLField<unknown, unknown> {
  const isRoot = parent === schema.getQueryType();
  if (isRoot && name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef;
  if (isRoot && name === TypeMetaFieldDef.name) return TypeMetaFieldDef;
  const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined;
  if (!field) throw new Error(`${parent.name} has no field ${name}: the document has not been validated.`);
  return field;
}
