/** What an operation needs, worked out once for each operation and whoever asks it. Linear in the document. */
import { getNamedType, getOperationAST, isAbstractType, Kind } from 'graphql';
import type {
  DocumentNode,
  FieldNode,
  FragmentDefinitionNode,
  GraphQLCompositeType,
  GraphQLField,
  GraphQLObjectType,
  OperationDefinitionNode,
  SelectionNode,
} from 'graphql';
import { policiesOf } from './requirement.ts';
import type { Requirement } from './requirement.ts';
import { fieldOf } from './schemaRequirements.ts';
import type { SchemaRequirements } from './schemaRequirements.ts';

/** An operation with what each of its fields needs. */
export interface GuardedOperation {
  readonly operation: OperationDefinitionNode;
  readonly rootType: GraphQLObjectType;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** By field, all of which it needs. Fields that need nothing are left out. */
  readonly needs: ReadonlyMap<FieldNode, readonly Requirement[]>;
  /** Every requirement that occurs in `needs`, once. */
  readonly requirements: readonly Requirement[];
  /** Where each requirement that asks policies stands: those have answers of their own at each place. */
  readonly policyPlaces: ReadonlyMap<Requirement, PolicyPlace>;
  /** By field that needs something: `Type.field`. */
  readonly coordinates: ReadonlyMap<FieldNode, string>;
  /** Fields that return an interface or a union. */
  readonly abstractFields: ReadonlySet<FieldNode>;
  /** A response key that the client's document does not use, for the type names that only the router needs. */
  readonly typenameKey: string;
}

export interface PolicyPlace {
  readonly node: FieldNode;
  readonly definition: GraphQLField<unknown, unknown>;
}

/** @returns null when the document has no such operation */
export function guardOperation(
  document: DocumentNode,
  operationName: string | null | undefined,
  schemaRequirements: SchemaRequirements,
): GuardedOperation | null {
  const operation = getOperationAST(document, operationName);
  const rootType = operation && schemaRequirements.schema.getRootType(operation.operation);
  if (!operation || !rootType) return null;
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  const walk = createWalk(schemaRequirements, fragments);
  walk.selections(operation.selectionSet.selections, rootType);
  for (const name of walk.reached) walk.fragment(name);
  const { needs, policyPlaces, coordinates, abstractFields } = walk;
  const requirements = [...new Set([...needs.values()].flat())];
  return {
    ...{ operation, rootType, fragments, needs, requirements, policyPlaces, coordinates, abstractFields },
    typenameKey: walk.unusedKey(),
  };
}

function createWalk(schemaRequirements: SchemaRequirements, fragments: ReadonlyMap<string, FragmentDefinitionNode>) {
  const { schema } = schemaRequirements;
  const needs = new Map<FieldNode, readonly Requirement[]>();
  const policyPlaces = new Map<Requirement, PolicyPlace>();
  const coordinates = new Map<FieldNode, string>();
  const abstractFields = new Set<FieldNode>();
  const keys = new Set<string>();
  // A Set that is read while it grows: every fragment that the operation reaches, each once.
  const reached = new Set<string>();

  function field(node: FieldNode, parent: GraphQLCompositeType): void {
    keys.add(node.alias?.value ?? node.name.value);
    if (node.name.value === '__typename') return;
    const definition = fieldOf(schema, parent, node.name.value);
    const requirements = schemaRequirements
      .ofField(parent, definition)
      .map((requirement) => atPlace(requirement, { node, definition }));
    if (requirements.length > 0) {
      needs.set(node, requirements);
      coordinates.set(node, `${parent.name}.${definition.name}`);
    }
    const type = getNamedType(definition.type);
    if (isAbstractType(type)) abstractFields.add(node);
    if (node.selectionSet) selections(node.selectionSet.selections, type as GraphQLCompositeType);
  }

  /** Policies answer for the arguments that they are asked with: the same requirement may be met here and not there. */
  function atPlace(requirement: Requirement, place: PolicyPlace): Requirement {
    if (policiesOf(requirement).length === 0) return requirement;
    const own = { ...requirement };
    policyPlaces.set(own, place);
    return own;
  }

  function selections(nodes: readonly SelectionNode[], parent: GraphQLCompositeType): void {
    for (const node of nodes) {
      if (node.kind === Kind.FIELD) field(node, parent);
      else if (node.kind === Kind.FRAGMENT_SPREAD) reached.add(node.name.value);
      else selections(node.selectionSet.selections, typeOf(node.typeCondition?.name.value) ?? parent);
    }
  }

  function fragment(name: string): void {
    const node = fragments.get(name);
    const type = typeOf(node?.typeCondition.name.value);
    if (!node || !type) throw new Error(`The document has no fragment ${name}: it has not been validated.`);
    selections(node.selectionSet.selections, type);
  }

  function typeOf(name: string | undefined): GraphQLCompositeType | undefined {
    const type = name === undefined ? undefined : schema.getType(name);
    if (name !== undefined && !type) throw new Error(`There is no type ${name}: the document has not been validated.`);
    return type as GraphQLCompositeType | undefined;
  }

  function unusedKey(): string {
    let key = '__router_typename';
    while (keys.has(key)) key += '_';
    return key;
  }

  return { needs, policyPlaces, coordinates, abstractFields, reached, selections, fragment, unusedKey };
}
