/**
 * The client's operation with the router's own response keys. A client may call a field what it likes; inside a plan its
 * names meet those of key fields and of what `@requires` asks for, and one is taken for the other. So the plan is made
 * for an operation in which a field bears its own name, and an alias only where one name would stand for two things.
 */
import { getNamedType, isCompositeType, Kind, print, TypeNameMetaFieldDef } from 'graphql';
import type {
  DefinitionNode,
  DocumentNode,
  FieldNode,
  GraphQLCompositeType,
  GraphQLField,
  GraphQLSchema,
  SelectionNode,
  SelectionSetNode,
} from 'graphql';
import { findField } from './fields.ts';

export interface CanonicalOperation {
  readonly document: DocumentNode;
  /** By field of the client's document: its key in what the plan gives. */
  readonly planKeys: ReadonlyMap<FieldNode, string>;
}

export interface Naming {
  readonly schema: GraphQLSchema;
  /** See `RequiredFields.withArguments`: names that are never a client's. */
  readonly taken: ReadonlySet<string>;
  /** Names that an alias must not be. */
  readonly fieldNames: ReadonlySet<string>;
}

/** @param document valid against the schema */
export function toCanonical(document: DocumentNode, naming: Naming): CanonicalOperation {
  const { schema } = naming;
  const planKeys = new Map<FieldNode, string>();
  const keyOf = createKeys(naming);

  const selectionSet = (node: SelectionSetNode, parent: GraphQLCompositeType): SelectionSetNode => ({
    kind: node.kind,
    selections: node.selections.map((selection) => select(selection, parent)),
  });

  function select(node: SelectionNode, parent: GraphQLCompositeType): SelectionNode {
    if (node.kind === Kind.FRAGMENT_SPREAD) return node;
    if (node.kind === Kind.INLINE_FRAGMENT) {
      const type = node.typeCondition ? compositeType(schema, node.typeCondition.name.value) : parent;
      return { ...node, selectionSet: selectionSet(node.selectionSet, type) };
    }
    const definition = findField(schema, parent, node.name.value);
    const key = keyOf(node, definition);
    planKeys.set(node, key);
    const { alias: _alias, ...bare } = node;
    return {
      ...bare,
      ...(key !== node.name.value && { alias: { kind: Kind.NAME, value: key } as const }),
      ...(node.selectionSet && {
        selectionSet: selectionSet(node.selectionSet, getNamedType(definition.type) as GraphQLCompositeType),
      }),
    };
  }

  const define = (node: DefinitionNode): DefinitionNode => {
    if (node.kind === Kind.FRAGMENT_DEFINITION)
      return {
        ...node,
        selectionSet: selectionSet(node.selectionSet, compositeType(schema, node.typeCondition.name.value)),
      };
    if (node.kind !== Kind.OPERATION_DEFINITION) return node;
    const root = schema.getRootType(node.operation);
    if (!root) throw new Error(`The schema has no ${node.operation}: the document has not been validated.`);
    return { ...node, selectionSet: selectionSet(node.selectionSet, root) };
  };
  return { document: { kind: Kind.DOCUMENT, definitions: document.definitions.map(define) }, planKeys };
}

/** Equal arguments and an equal type make one key; what differs in them gets another. */
function createKeys({ taken, fieldNames }: Naming) {
  const known = new Map<string, Map<string, string>>();
  return (node: FieldNode, definition: GraphQLField<unknown, unknown>): string => {
    const name = node.name.value;
    if (definition === TypeNameMetaFieldDef || name.startsWith('__')) return name;
    const forms = known.get(name) ?? new Map<string, string>();
    known.set(name, forms);
    const form = `${argumentsOf(node)} ${String(definition.type)}`;
    const key = forms.get(form) ?? unusedKey(name, forms.size);
    forms.set(form, key);
    return key;
  };

  function unusedKey(name: string, index: number): string {
    if (index === 0 && !taken.has(name)) return name;
    let key = `${name}_${index}`;
    while (fieldNames.has(key)) key += '_';
    return key;
  }
}

function argumentsOf({ arguments: given = [] }: FieldNode): string {
  if (given.length === 0) return '';
  return given
    .map((argument) => print(argument))
    .sort()
    .join();
}

function compositeType(schema: GraphQLSchema, name: string): GraphQLCompositeType {
  const type = schema.getType(name);
  if (!isCompositeType(type))
    throw new Error(`There is no type ${name} with fields: the document has not been validated.`);
  return type;
}
