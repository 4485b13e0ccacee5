/** Puts the nulls of what is refused into the data of a filtered operation (value completion, section 6.4.3). */
import { getNullableType, isAbstractType, isListType, isNonNullType, isObjectType } from 'graphql';
import type { FieldNode, GraphQLObjectType, GraphQLOutputType, SelectionSetNode } from 'graphql';
import { fieldOf } from './schemaRequirements.ts';
import type { Refusals, ResponsePath } from './refusals.ts';
import { selectFields } from './selectedFields.ts';
import type { SelectedField, SelectedFields, Selecting } from './selectedFields.ts';

export interface Completing extends Selecting {
  /** Fields of the filtered operation that have lost something inside; the data of all others is taken as it is. */
  readonly changed: ReadonlySet<FieldNode>;
  /** Where the filtered operation asks for the type of an object. */
  readonly typenameKey: string;
  readonly refusals: Refusals;
}

type Data = Record<string, unknown>;

/**
 * @param selectionSet of the client's own operation
 * @param data what the filtered operation gave; is not changed
 * @returns what the client's own operation expects, null where a refused field may not be null
 */
export function completeData(
  rootType: GraphQLObjectType,
  selectionSet: SelectionSetNode,
  data: Data,
  completing: Completing,
): Data | null {
  return createCompletion(completing).object(data, rootType, [selectionSet], []);
}

function createCompletion(completing: Completing) {
  const { schema, changed, typenameKey, refusals } = completing;
  // All elements of a list have the same selection sets: their fields are selected once for each type of object.
  const selected = new WeakMap<readonly SelectionSetNode[], Map<GraphQLObjectType, SelectedFields>>();

  function object(data: Data, type: GraphQLObjectType, selectionSets: readonly SelectionSetNode[], path: ResponsePath) {
    const completed = Object.create(null) as Data;
    let isNull = false;
    for (const [key, selectedField] of fieldsOf(type, selectionSets)) {
      const fieldType = selectedField.name === '__typename' ? null : fieldOf(schema, type, selectedField.name).type;
      const value = fieldType ? field(data, key, selectedField, fieldType, path) : type.name;
      completed[key] = value;
      // The others are completed all the same, so that the client learns of everything that is refused.
      isNull ||= value === null && isNonNullType(fieldType);
    }
    return isNull ? null : completed;
  }

  function field(data: Data, key: string, selectedField: SelectedField, type: GraphQLOutputType, path: ResponsePath) {
    const { nodes, refusedNodes, selectionSets } = selectedField;
    if (refusedNodes.length > 0) {
      refusals.add([...path, key], selectedField);
      return null;
    }
    const value = Object.hasOwn(data, key) ? data[key] : null;
    return nodes.some((node) => changed.has(node)) ? complete(value, type, selectionSets, [...path, key]) : value;
  }

  function complete(
    value: unknown,
    type: GraphQLOutputType,
    selectionSets: readonly SelectionSetNode[],
    path: ResponsePath,
  ): unknown {
    if (value === null || value === undefined) return null;
    const nullable = getNullableType(type);
    if (!isListType(nullable)) return object(value as Data, typeOf(value as Data, nullable), selectionSets, path);
    const { ofType } = nullable;
    const items = (value as unknown[]).map((item, index) => complete(item, ofType, selectionSets, [...path, index]));
    return isNonNullType(ofType) && items.includes(null) ? null : items;
  }

  function typeOf(data: Data, type: GraphQLOutputType): GraphQLObjectType {
    const objectType = isAbstractType(type) ? schema.getType(String(data[typenameKey])) : type;
    if (!isObjectType(objectType))
      throw new Error(`The answer does not say what type an object of ${String(type)} is.`);
    return objectType;
  }

  function fieldsOf(type: GraphQLObjectType, selectionSets: readonly SelectionSetNode[]): SelectedFields {
    const byType = selected.get(selectionSets) ?? new Map<GraphQLObjectType, SelectedFields>();
    const fields = byType.get(type) ?? selectFields(type, selectionSets, completing);
    selected.set(selectionSets, byType.set(type, fields));
    return fields;
  }

  return { object };
}
