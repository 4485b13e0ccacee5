/**
 * An operation as a tree of what costs something, made once per document and asked for each request. Fields of one
 * response name are merged, fragments are laid over every type they can meet, and what costs nothing is left out.
 */
import { Kind, getNamedType, isAbstractType, isCompositeType, isListType, isNonNullType, isObjectType } from 'graphql';
import type {
  DirectiveNode,
  DocumentNode,
  FieldNode,
  FragmentDefinitionNode,
  GraphQLField,
  GraphQLNamedOutputType,
  GraphQLObjectType,
  GraphQLOutputType,
  GraphQLSchema,
  OperationDefinitionNode,
  SelectionSetNode,
} from 'graphql';
import { createArgumentCosts } from './argumentCosts.ts';
import type { ArgumentCost } from './argumentCosts.ts';
import type { CostModel, ListSize } from './costModel.ts';

/** Variables of a request, as sent: nothing about them is certain. */
export type Variables = Readonly<Record<string, unknown>>;

export interface CostedField {
  readonly name: string;
  readonly responseName: string;
  /** Of one item. */
  readonly weight: number;
  /** True when the type of the field is a list. */
  readonly isList: boolean;
  readonly size: ListSize | undefined;
  /** Value of an argument of the field: what is written, the variable's value, or the default. */
  readonly argument: (name: string, variables: Variables) => unknown;
  readonly argumentCost: ArgumentCost;
  /** Whether `@skip` and `@include` leave the field in. */
  readonly isIncluded: (variables: Variables) => boolean;
  readonly selection: CostedSelection | undefined;
}

/** The fields that cost something, for each type that the object may have; one list when it can only have one. */
export type CostedSelection = readonly (readonly CostedField[])[];

export interface CostedOperation {
  readonly operation: OperationDefinitionNode;
  readonly selection: CostedSelection;
}

/** Types times selections can be many times the text: who writes that pays as for the dearest operation. */
const MAX_FIELDS = 50_000;

/** The operation cannot be weighed: it stands for more fields than anyone may ask for. */
export class UncountableOperation extends Error {}

/**
 * Unknown fields, types and fragments cost nothing here: validation refuses them.
 * @throws {UncountableOperation}
 */
export function costOperation(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  schema: GraphQLSchema,
  model: CostModel,
): CostedOperation {
  const root = schema.getRootType(operation.operation);
  const builder = createBuilder(document, operation, schema, model);
  const selection = root ? builder.selectionOf(root, [{ selectionSet: operation.selectionSet, conditions: [] }]) : [];
  return { operation, selection };
}

/** A selection set and what has to hold for it to count: `+name` a variable that is true, `-name` one that is not. */
interface Occurrence {
  readonly selectionSet: SelectionSetNode;
  readonly conditions: readonly string[];
}

interface FieldOccurrence {
  readonly node: FieldNode;
  readonly conditions: readonly string[];
}

function createBuilder(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  schema: GraphQLSchema,
  model: CostModel,
) {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  const argumentCosts = createArgumentCosts(operation, model);
  const known = new Map<string, CostedSelection>();
  const numbers = new Map<SelectionSetNode, number>();
  let fields = 0;

  function selectionOf(type: GraphQLOutputType, occurrences: readonly Occurrence[]): CostedSelection {
    const named = getNamedType(type);
    const key = `${named.name} ${occurrences.map(keyOf).join(' ')}`;
    const earlier = known.get(key);
    if (earlier) return earlier;
    // Stands while this is built: a fragment that spreads itself ends here, and validation refuses it.
    known.set(key, []);
    const possible = isAbstractType(named) ? schema.getPossibleTypes(named) : isObjectType(named) ? [named] : [];
    const alternatives = possible.map((object) => fieldsOf(object, occurrences)).filter(({ length }) => length > 0);
    known.set(key, alternatives);
    return alternatives;
  }

  function keyOf({ selectionSet, conditions }: Occurrence): string {
    const number = numbers.get(selectionSet) ?? numbers.size;
    numbers.set(selectionSet, number);
    return `${number}${conditions.join('')}`;
  }

  function fieldsOf(type: GraphQLObjectType, occurrences: readonly Occurrence[]): CostedField[] {
    const byResponseName = new Map<string, FieldOccurrence[]>();
    const spread = new Set<string>();
    for (const occurrence of occurrences) gather(type, occurrence, byResponseName, spread);
    const costed = [...byResponseName.values()].map((nodes) => fieldOf(type, nodes));
    return costed.filter((field) => field !== undefined);
  }

  function gather(
    type: GraphQLObjectType,
    { selectionSet, conditions }: Occurrence,
    into: Map<string, FieldOccurrence[]>,
    spread: Set<string>,
  ): void {
    for (const selection of selectionSet.selections) {
      const narrowed = narrow(conditions, selection.directives);
      if (!narrowed) continue;
      if (selection.kind === Kind.FIELD) {
        const name = (selection.alias ?? selection.name).value;
        const nodes = into.get(name);
        if (nodes) nodes.push({ node: selection, conditions: narrowed });
        else into.set(name, [{ node: selection, conditions: narrowed }]);
        continue;
      }
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
      if (!fragment || !applies(fragment.typeCondition?.name.value, type)) continue;
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const key = `${selection.name.value}${narrowed.join('')}`;
        if (spread.has(key)) continue;
        spread.add(key);
      }
      gather(type, { selectionSet: fragment.selectionSet, conditions: narrowed }, into, spread);
    }
  }

  function applies(condition: string | undefined, type: GraphQLObjectType): boolean {
    if (condition === undefined || condition === type.name) return true;
    const narrowing = schema.getType(condition);
    return isAbstractType(narrowing) && schema.isSubType(narrowing, type);
  }

  function fieldOf(parent: GraphQLObjectType, occurrences: readonly FieldOccurrence[]): CostedField | undefined {
    const [{ node }] = occurrences as [FieldOccurrence];
    const definition = parent.getFields()[node.name.value];
    if (!definition) return undefined;
    fields += 1;
    if (fields > MAX_FIELDS) throw new UncountableOperation('The operation stands for too many fields.');
    const coordinate = `${parent.name}.${definition.name}`;
    const weight = weightOf(coordinate, getNamedType(definition.type), schema, model);
    const argumentCost = argumentCosts.ofField(coordinate, definition, node);
    const inside = occurrences.flatMap(({ node: { selectionSet }, conditions }) =>
      selectionSet ? [{ selectionSet, conditions }] : [],
    );
    const selection = inside.length > 0 ? selectionOf(definition.type, inside) : undefined;
    if (weight === 0 && argumentCost === null && !selection?.length) return undefined;
    return {
      name: definition.name,
      responseName: (node.alias ?? node.name).value,
      weight,
      isList: isListType(isNonNullType(definition.type) ? definition.type.ofType : definition.type),
      size: model.lists.get(coordinate) ?? sizeOfConnection(definition),
      argument: (name, variables) => argumentCosts.valueOf(definition, node, name, variables),
      argumentCost,
      isIncluded: inclusionOf(occurrences),
      selection,
    };
  }

  return { selectionOf };
}

/**
 * `@cost` of the field, else of its type, else 1 for what has fields of its own and 0 for what has none. A type that
 * can be several counts as the dearest of them.
 */
function weightOf(coordinate: string, type: GraphQLNamedOutputType, schema: GraphQLSchema, model: CostModel): number {
  const ofField = model.fields.get(coordinate);
  if (ofField !== undefined) return ofField;
  const ofType = ({ name }: GraphQLNamedOutputType): number | undefined => model.types.get(name);
  if (!isAbstractType(type)) return ofType(type) ?? (isCompositeType(type) ? 1 : 0);
  return Math.max(...schema.getPossibleTypes(type).map((possible) => ofType(possible) ?? 1));
}

/** What a connection (GraphQL Cursor Connections Specification) means without being told: `first` or `last` items. */
function sizeOfConnection({ args, type }: GraphQLField<unknown, unknown>): ListSize | undefined {
  const slicingArguments = args.map(({ name }) => name).filter((name) => name === 'first' || name === 'last');
  if (slicingArguments.length === 0) return undefined;
  const named = getNamedType(type);
  const sizedFields = isObjectType(named) ? ['nodes', 'edges'].filter((name) => name in named.getFields()) : [];
  return { assumedSize: undefined, slicingArguments, sizedFields, requireOneSlicingArgument: false };
}

/** @returns null when the selection never counts */
function narrow(conditions: readonly string[], directives: readonly DirectiveNode[] = []): readonly string[] | null {
  let narrowed = conditions;
  for (const { name, arguments: given = [] } of directives) {
    const sign = name.value === 'include' ? '+' : name.value === 'skip' ? '-' : null;
    const value = given.find((argument) => argument.name.value === 'if')?.value;
    if (!sign || !value) continue;
    if (value.kind === Kind.BOOLEAN && value.value !== (sign === '+')) return null;
    if (value.kind !== Kind.VARIABLE) continue;
    const condition = sign + value.name.value;
    if (!narrowed.includes(condition)) narrowed = [...narrowed, condition];
  }
  return narrowed;
}

function inclusionOf(occurrences: readonly FieldOccurrence[]): CostedField['isIncluded'] {
  if (occurrences.some(({ conditions }) => conditions.length === 0)) return always;
  return (variables) =>
    occurrences.some(({ conditions }) =>
      // A variable that is not given may have a default: what is not known counts.
      conditions.every((condition) => variables[condition.slice(1)] !== (condition[0] !== '+')),
    );
}

const always = (): boolean => true;
