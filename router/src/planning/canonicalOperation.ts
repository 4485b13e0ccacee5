/**
 * The client's operation with the router's own response keys. A client may call a field what it likes; inside a plan its
 * names meet those of key fields and of what `@requires` asks for, and one is taken for the other. So the plan is made
 * for an operation in which a field bears its own name, and an alias only where one name would stand for two things.
 */
import { getNamedType, isAbstractType, isCompositeType, Kind, print, TypeNameMetaFieldDef } from 'graphql';
import type {
  DirectiveNode,
  DocumentNode,
  FieldNode,
  FragmentDefinitionNode,
  GraphQLCompositeType,
  GraphQLField,
  GraphQLSchema,
  InlineFragmentNode,
  SelectionNode,
  SelectionSetNode,
} from 'graphql';
import { findField } from './fields.ts';
import { fragmentsOf } from './fragments.ts';

export interface CanonicalOperation {
  /** Null when there is nothing to ask of the subgraphs. */
  readonly document: DocumentNode | null;
  /** By field of the client's document: its key in what the plan gives. */
  readonly planKeys: ReadonlyMap<FieldNode, string>;
}

export interface Naming {
  readonly schema: GraphQLSchema;
  /** See `RequiredFields.reservedNames`: names that are never a client's. */
  readonly taken: ReadonlySet<string>;
  /** Names that an alias must not be. */
  readonly fieldNames: ReadonlySet<string>;
}

/**
 * Fragments are written out, and what no object can have is left out.
 * @param document valid against the schema; holds the operation and its fragments only
 */
export function toCanonical(document: DocumentNode, naming: Naming): CanonicalOperation {
  const { schema } = naming;
  const planKeys = new Map<FieldNode, string>();
  const keyOf = createKeys(naming);
  const fragments = fragmentsOf(document);

  function select({ selections }: SelectionSetNode, at: Place): SelectionNode[] {
    const selected: SelectionNode[] = [];
    for (const node of selections) {
      if (isNeverIncluded(node.directives)) continue;
      if (node.kind !== Kind.FIELD) {
        const named = node.kind === Kind.FRAGMENT_SPREAD ? fragments.get(node.name.value) : node;
        const fragment = named && selectFragment(named, node.directives, at);
        if (fragment) selected.push(fragment);
        // The root has its type and the schema without asking anybody.
      } else if (!at.isRoot || !node.name.value.startsWith('__')) selected.push(selectField(node, at.type));
    }
    return selected;
  }

  function selectFragment(
    { typeCondition, selectionSet }: InlineFragmentNode | FragmentDefinitionNode,
    directives: readonly DirectiveNode[] | undefined,
    { type: parent, possible, isRoot }: Place,
  ): InlineFragmentNode | null {
    const type = typeCondition ? compositeType(schema, typeCondition.name.value) : parent;
    const narrowed = new Set([...possibleTypes(schema, type)].filter((name) => possible.has(name)));
    const selections = narrowed.size > 0 ? select(selectionSet, { type, possible: narrowed, isRoot }) : [];
    if (selections.length === 0) return null;
    return {
      kind: Kind.INLINE_FRAGMENT,
      selectionSet: { kind: Kind.SELECTION_SET, selections },
      ...(typeCondition && { typeCondition }),
      ...(directives && { directives: undecided(directives) }),
    };
  }

  function selectField(node: FieldNode, parent: GraphQLCompositeType): FieldNode {
    const definition = findField(schema, parent, node.name.value);
    const key = keyOf(node, definition);
    planKeys.set(node, key);
    const { alias: _alias, selectionSet, ...rest } = node;
    const bare = node.directives ? { ...rest, directives: undecided(node.directives) } : rest;
    const alias = key === node.name.value ? {} : { alias: nameNode(key) };
    if (!selectionSet) return { ...bare, ...alias };
    const type = getNamedType(definition.type) as GraphQLCompositeType;
    const selections = select(selectionSet, { type, possible: possibleTypes(schema, type), isRoot: false });
    const inside = hasPlainField(selections, type) ? selections : [typename, ...selections];
    return { ...bare, ...alias, selectionSet: { kind: Kind.SELECTION_SET, selections: inside } };
  }

  const operation = document.definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION);
  const root = operation && schema.getRootType(operation.operation);
  if (!root) throw new Error('The schema has no such operations: the document has not been validated.');
  const possible = possibleTypes(schema, root);
  const selections = select(operation.selectionSet, { type: root, possible, isRoot: true });
  if (selections.length === 0) return { document: null, planKeys };
  const definition = { ...operation, selectionSet: { kind: Kind.SELECTION_SET, selections } as const };
  return { document: { kind: Kind.DOCUMENT, definitions: [definition] }, planKeys };
}

/** Where a selection set stands. */
interface Place {
  readonly type: GraphQLCompositeType;
  /** Names of the types that an object here may be of. */
  readonly possible: ReadonlySet<string>;
  readonly isRoot: boolean;
}

function possibleTypes(schema: GraphQLSchema, type: GraphQLCompositeType): Set<string> {
  return new Set(isAbstractType(type) ? schema.getPossibleTypes(type).map(({ name }) => name) : [type.name]);
}

function isNeverIncluded(directives: readonly DirectiveNode[] = []): boolean {
  return directives.some((directive) => decided(directive) === false);
}

/** Without the conditions that always hold: the planner puts fields behind the conditions of others because of them. */
function undecided(directives: readonly DirectiveNode[]): readonly DirectiveNode[] {
  return directives.filter((directive) => decided(directive) === undefined);
}

/** Whether a condition holds that does not depend on a variable. */
function decided({ name, arguments: [condition] = [] }: DirectiveNode): boolean | undefined {
  if (condition?.value.kind !== Kind.BOOLEAN) return undefined;
  if (name.value === 'include') return condition.value.value;
  return name.value === 'skip' ? !condition.value.value : undefined;
}

/**
 * Whether something is asked of every object here. If not, the planner may find that nothing is (conditions that exclude
 * each other, say), and drop the field around it.
 */
function hasPlainField(selections: readonly SelectionNode[], type: GraphQLCompositeType): boolean {
  return selections.some((node) => {
    if (node.directives?.length || node.kind === Kind.FRAGMENT_SPREAD) return false;
    if (node.kind === Kind.FIELD) return true;
    const isOfAll = !node.typeCondition || node.typeCondition.name.value === type.name;
    return isOfAll && hasPlainField(node.selectionSet.selections, type);
  });
}

function nameNode(value: string) {
  return { kind: Kind.NAME, value } as const;
}

const typename: FieldNode = { kind: Kind.FIELD, name: nameNode('__typename') };

/**
 * What the client calls the same, with equal arguments and of an equal type, has one key; what differs gets another. Two
 * names of the client stay two, or a mutation would be done once that is asked twice.
 */
function createKeys({ taken, fieldNames }: Naming) {
  const known = new Map<string, Map<string, string>>();
  return (node: FieldNode, definition: GraphQLField<unknown, unknown>): string => {
    const name = node.name.value;
    if (definition === TypeNameMetaFieldDef || name.startsWith('__')) return name;
    const forms = known.get(name) ?? new Map<string, string>();
    known.set(name, forms);
    const form = `${node.alias?.value ?? name} ${argumentsOf(node)} ${String(definition.type)}`;
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
