/**
 * Whether fields that share a response name can be merged (GraphQL, "Field Selection Merging"), without comparing each
 * field with each other one as graphql-js does: in 10 KB of text, that can be half a second of work. Here fields are
 * grouped, as in Simon Adameit's algorithm: all fields of one response name must have one shape, and those that can meet
 * in one object must be one field with one set of arguments; then the same holds of their selections, merged.
 */
import {
  GraphQLError,
  Kind,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  print,
} from 'graphql';
import type {
  ASTVisitor,
  FieldNode,
  GraphQLField,
  GraphQLNamedType,
  GraphQLOutputType,
  SelectionSetNode,
  ValidationContext,
  ValueNode,
} from 'graphql';

/** Fields that are looked at before a document is refused. A page of the console takes some hundred. */
const MAX_STEPS = 20_000;

interface SelectedField {
  readonly node: FieldNode;
  readonly parent: GraphQLNamedType;
  readonly definition: GraphQLField<unknown, unknown>;
}

interface ParentedSelections {
  readonly selectionSet: SelectionSetNode;
  readonly parent: GraphQLNamedType | undefined;
}

/** A rule for `validate`, in the place of OverlappingFieldsCanBeMergedRule. Reports the first conflict of an operation. */
export function overlappingFieldsRule(context: ValidationContext): ASTVisitor {
  return {
    OperationDefinition(operation) {
      const parent = context.getSchema().getRootType(operation.operation) ?? undefined;
      const comparison = createComparison(context);
      const selections = [{ selectionSet: operation.selectionSet, parent }];
      const fault = comparison.shapes(selections) ?? comparison.sameFields(selections);
      if (fault) context.reportError(fault);
    },
  };
}

type Compare = (selections: readonly ParentedSelections[]) => GraphQLError | undefined;

function createComparison(context: ValidationContext): { shapes: Compare; sameFields: Compare } {
  const numbers = new Map<SelectionSetNode, number>();
  const printed = new Map<FieldNode, string>();
  let steps = 0;

  /** Each merged selection is compared once, so that a fragment which spreads itself ends too. */
  function once(compare: (fields: readonly SelectedField[]) => GraphQLError | undefined): Compare {
    const compared = new Set<string>();
    return (selections) => {
      const key = [...new Set(selections.map(numberOf))].sort((one, other) => one - other).join();
      if (key === '' || compared.has(key)) return undefined;
      compared.add(key);
      const fields = new Map<FieldNode, SelectedField>();
      const spread = new Set<string>();
      for (const { selectionSet, parent } of selections) collect(selectionSet, parent, fields, spread);
      return steps > MAX_STEPS ? tooMuch() : compare([...fields.values()]);
    };
  }

  function numberOf({ selectionSet }: ParentedSelections): number {
    const number = numbers.get(selectionSet) ?? numbers.size;
    numbers.set(selectionSet, number);
    return number;
  }

  function collect(
    { selections }: SelectionSetNode,
    parent: GraphQLNamedType | undefined,
    fields: Map<FieldNode, SelectedField>,
    spread: Set<string>,
  ): void {
    for (const selection of selections) {
      steps += 1;
      if (selection.kind === Kind.FIELD) {
        const name = selection.name.value;
        const definition = metaFields.get(name) ?? (hasFields(parent) ? parent.getFields()[name] : undefined);
        if (parent && definition) fields.set(selection, { node: selection, parent, definition });
        continue;
      }
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        if (spread.has(selection.name.value)) continue;
        spread.add(selection.name.value);
      }
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : context.getFragment(selection.name.value);
      if (!fragment) continue;
      const condition = fragment.typeCondition?.name.value;
      const narrowed = condition === undefined ? parent : context.getSchema().getType(condition);
      collect(fragment.selectionSet, narrowed, fields, spread);
    }
  }

  const shapes = once((fields) => {
    for (const group of grouped(fields, responseName).values()) {
      const [first] = group as [SelectedField];
      const other = group.find(({ definition }) => !haveOneShape(first.definition.type, definition.type));
      if (other) return conflict(first, other, 'they return conflicting types');
      const fault = shapes(childrenOf(group));
      if (fault) return fault;
    }
    return undefined;
  });

  const sameFields = once((fields) => {
    for (const group of grouped(fields, responseName).values())
      for (const meeting of thatMeet(group)) {
        const [first] = meeting as [SelectedField];
        const other = meeting.find((field) => field.node.name.value !== first.node.name.value);
        if (other) return conflict(first, other, 'they are different fields');
        const differing = meeting.find((field) => argumentsOf(field.node) !== argumentsOf(first.node));
        if (differing) return conflict(first, differing, 'they have differing arguments');
        const fault = sameFields(childrenOf(meeting));
        if (fault) return fault;
      }
    return undefined;
  });

  function thatMeet(group: readonly SelectedField[]): readonly (readonly SelectedField[])[] {
    const anywhere = group.filter(({ parent }) => !isObjectType(parent));
    const concrete = grouped(
      group.filter(({ parent }) => isObjectType(parent)),
      ({ parent }) => parent.name,
    );
    if (concrete.size === 0) return [anywhere];
    steps += anywhere.length * concrete.size;
    if (steps > MAX_STEPS) return [];
    return [...concrete.values()].map((own) => [...own, ...anywhere]);
  }

  function argumentsOf(node: FieldNode): string {
    const known = printed.get(node);
    if (known !== undefined) return known;
    const text = (node.arguments ?? [])
      .map(({ name, value }) => `${name.value}:${print(sortedFields(value))}`)
      .sort()
      .join();
    printed.set(node, text);
    return text;
  }

  return { shapes, sameFields };
}

function tooMuch(): GraphQLError {
  return new GraphQLError('The document has too many overlapping fields.', {
    extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
  });
}

function conflict(one: SelectedField, other: SelectedField, reason: string): GraphQLError {
  return new GraphQLError(
    `Fields "${responseName(one)}" conflict because ${reason}. Use different aliases on the fields to fetch both if this was intentional.`,
    { nodes: [one.node, other.node] },
  );
}

function responseName({ node }: SelectedField): string {
  return (node.alias ?? node.name).value;
}

function childrenOf(fields: readonly SelectedField[]): ParentedSelections[] {
  return fields.flatMap(({ node: { selectionSet }, definition }) =>
    selectionSet ? [{ selectionSet, parent: getNamedType(definition.type) }] : [],
  );
}

const metaFields: ReadonlyMap<string, GraphQLField<unknown, unknown>> = new Map(
  [SchemaMetaFieldDef, TypeMetaFieldDef, TypeNameMetaFieldDef].map((field) => [field.name, field]),
);

/** `{ b: 1, a: 2 }` is the same value as `{ a: 2, b: 1 }`. */
function sortedFields(value: ValueNode): ValueNode {
  if (value.kind === Kind.LIST) return { ...value, values: value.values.map(sortedFields) };
  if (value.kind !== Kind.OBJECT) return value;
  const fields = value.fields.map((field) => ({ ...field, value: sortedFields(field.value) }));
  return { ...value, fields: fields.sort((one, other) => (one.name.value < other.name.value ? -1 : 1)) };
}

function hasFields(type: GraphQLNamedType | undefined) {
  return isObjectType(type) || isInterfaceType(type);
}

/** Same lists, same nullability, and the same leaf type, or fields on both sides. */
function haveOneShape(one: GraphQLOutputType, other: GraphQLOutputType): boolean {
  if (isNonNullType(one) || isNonNullType(other))
    return isNonNullType(one) && isNonNullType(other) && haveOneShape(one.ofType, other.ofType);
  if (isListType(one) || isListType(other))
    return isListType(one) && isListType(other) && haveOneShape(one.ofType, other.ofType);
  if (isLeafType(one) || isLeafType(other)) return one === other;
  return isCompositeType(one) && isCompositeType(other);
}

function grouped<Item>(items: readonly Item[], keyOf: (item: Item) => string): ReadonlyMap<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
