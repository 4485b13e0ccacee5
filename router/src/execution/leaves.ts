/** Result coercion of leaves (GraphQL specification, section 3.5), of values that come from subgraphs as JSON. */
import { GraphQLBoolean, GraphQLFloat, GraphQLID, GraphQLInt, GraphQLString, isEnumType } from 'graphql';
import type { GraphQLLeafType } from 'graphql';

/** The value, or undefined when it is none of the type. */
export type CoerceLeaf = (value: unknown) => unknown;

const ofBuiltIns: ReadonlyMap<string, CoerceLeaf> = new Map<string, CoerceLeaf>([
  [GraphQLString.name, (value) => (typeof value === 'string' ? value : undefined)],
  [GraphQLBoolean.name, (value) => (typeof value === 'boolean' ? value : undefined)],
  [GraphQLInt.name, (value) => (typeof value === 'number' && (value | 0) === value ? value : undefined)],
  [GraphQLFloat.name, (value) => (typeof value === 'number' && Number.isFinite(value) ? value : undefined)],
  [
    GraphQLID.name,
    (value) =>
      typeof value === 'string'
        ? value
        : typeof value === 'number' && Number.isInteger(value)
          ? String(value)
          : undefined,
  ],
]);

/** Scalars of the graph's own are what the subgraph says they are. */
export function coercionOf(type: GraphQLLeafType): CoerceLeaf {
  if (isEnumType(type)) {
    const names = new Set<unknown>(type.getValues().map(({ name }) => name));
    return (value) => (names.has(value) ? value : undefined);
  }
  return ofBuiltIns.get(type.name) ?? ((value) => (typeof value === 'function' ? undefined : value));
}
