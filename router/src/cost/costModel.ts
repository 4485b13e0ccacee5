/**
 * What the composed supergraph says about the cost of its fields: `@cost` and `@listSize` (IBM GraphQL Cost Directives
 * specification, https://ibm.github.io/graphql-specs/cost-spec.html), by the names that the `@link` of
 * https://specs.apollo.dev/cost gives them.
 */
import { Kind, parse, valueFromASTUntyped } from 'graphql';
import type { ConstDirectiveNode, DefinitionNode } from 'graphql';
import { linksOf } from '../authorisation/links.ts';

const COST = 'https://specs.apollo.dev/cost';

/** How long the list of a field may be. */
export interface ListSize {
  readonly assumedSize: number | undefined;
  /** Arguments that say how many items are wanted, such as `first`. The largest one counts. */
  readonly slicingArguments: readonly string[];
  /** Fields of the returned object whose lists have that size, such as `nodes`: the field itself is no list then. */
  readonly sizedFields: readonly string[];
  readonly requireOneSlicingArgument: boolean;
}

/** Weights as declared; what is not named has the default of its kind. */
export interface CostModel {
  /** Of object types, scalars and enums. */
  readonly types: ReadonlyMap<string, number>;
  /** By coordinate: `User.email`; input fields too. */
  readonly fields: ReadonlyMap<string, number>;
  /** By coordinate: `Query.users(first:)`. */
  readonly arguments: ReadonlyMap<string, number>;
  /** By coordinate of the field. */
  readonly lists: ReadonlyMap<string, ListSize>;
}

export function readCostModel(supergraphSdl: string): CostModel {
  const supergraph = parse(supergraphSdl, { noLocation: true });
  const link = linksOf(supergraph).find(({ identity }) => identity === COST);
  const model = {
    types: new Map<string, number>(),
    fields: new Map<string, number>(),
    arguments: new Map<string, number>(),
    lists: new Map<string, ListSize>(),
  } satisfies CostModel;
  if (!link) return model;
  const [cost, listSize] = [link.directiveName('cost'), link.directiveName('listSize')];
  const weigh = (weights: Map<string, number>, coordinate: string, directives: Directives): void => {
    const weight = argumentsOf(directives, cost)?.['weight'];
    if (typeof weight === 'number') weights.set(coordinate, weight);
  };
  for (const definition of supergraph.definitions) {
    if (!hasDirectives(definition)) continue;
    const type = definition.name.value;
    weigh(model.types, type, definition.directives);
    for (const field of 'fields' in definition ? (definition.fields ?? []) : []) {
      const coordinate = `${type}.${field.name.value}`;
      weigh(model.fields, coordinate, field.directives);
      const size = argumentsOf(field.directives, listSize);
      if (size) model.lists.set(coordinate, listSizeOf(size));
      for (const argument of 'arguments' in field ? field.arguments : [])
        weigh(model.arguments, `${coordinate}(${argument.name.value}:)`, argument.directives);
    }
  }
  return model;
}

type Directives = readonly ConstDirectiveNode[] | undefined;

function argumentsOf(directives: Directives, name: string): Record<string, unknown> | undefined {
  const applied = directives?.find((directive) => directive.name.value === name);
  return (
    applied && Object.fromEntries((applied.arguments ?? []).map((it) => [it.name.value, valueFromASTUntyped(it.value)]))
  );
}

function listSizeOf({
  assumedSize,
  slicingArguments,
  sizedFields,
  requireOneSlicingArgument,
}: Record<string, unknown>) {
  const names = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
  return {
    assumedSize: typeof assumedSize === 'number' ? assumedSize : undefined,
    slicingArguments: names(slicingArguments),
    sizedFields: names(sizedFields),
    requireOneSlicingArgument: requireOneSlicingArgument !== false && names(slicingArguments).length > 0,
  };
}

type Weighed = Extract<DefinitionNode, { name: { value: string }; directives?: readonly ConstDirectiveNode[] }>;

const weighedKinds: ReadonlySet<string> = new Set([
  Kind.OBJECT_TYPE_DEFINITION,
  Kind.OBJECT_TYPE_EXTENSION,
  Kind.INTERFACE_TYPE_DEFINITION,
  Kind.INTERFACE_TYPE_EXTENSION,
  Kind.INPUT_OBJECT_TYPE_DEFINITION,
  Kind.INPUT_OBJECT_TYPE_EXTENSION,
  Kind.ENUM_TYPE_DEFINITION,
  Kind.ENUM_TYPE_EXTENSION,
  Kind.SCALAR_TYPE_DEFINITION,
  Kind.SCALAR_TYPE_EXTENSION,
]);

function hasDirectives(definition: DefinitionNode): definition is Weighed {
  return weighedKinds.has(definition.kind);
}
