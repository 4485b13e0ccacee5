/**
 * The cost of an operation before it runs and after. A field costs its arguments, and for each item its weight and its
 * selection; an object of several possible types costs as the dearest of them. A mutation costs 10 more.
 */
import { GraphQLError, OperationTypeNode } from 'graphql';
import type { CostedField, CostedOperation, CostedSelection, Variables } from './costedOperation.ts';

const MUTATION_COST = 10;

export interface CostDefaults {
  /** Size of a list that says nothing about its size. */
  readonly listSize: number;
}

/**
 * @returns an upper bound, as far as sizes are declared: each list has the size that is asked for
 * @throws {GraphQLError} GRAPHQL_VALIDATION_FAILED: a list that needs exactly one slicing argument has none or several
 */
export function estimateCost(
  { operation, selection }: CostedOperation,
  variables: Variables,
  defaults: CostDefaults,
): number {
  const base = operation.operation === OperationTypeNode.MUTATION ? MUTATION_COST : 0;
  return base + estimateSelection(selection, variables, defaults, undefined);
}

/** A size that the parent declared for some of its fields. */
interface Inherited {
  readonly fields: readonly string[];
  readonly size: number;
}

function estimateSelection(
  selection: CostedSelection,
  variables: Variables,
  defaults: CostDefaults,
  inherited: Inherited | undefined,
): number {
  let dearest = 0;
  for (const fields of selection) {
    let cost = 0;
    for (const field of fields) cost += estimateField(field, variables, defaults, inherited);
    // Weights may be negative, what is asked for never is.
    dearest = Math.max(dearest, cost);
  }
  return dearest;
}

function estimateField(
  field: CostedField,
  variables: Variables,
  defaults: CostDefaults,
  inherited: Inherited | undefined,
): number {
  if (!field.isIncluded(variables)) return 0;
  const declared = field.size && sizeOf(field, variables, defaults);
  const sizedFields = field.size?.sizedFields ?? [];
  const handedOn =
    declared !== undefined && sizedFields.length > 0 ? { fields: sizedFields, size: declared } : undefined;
  const ofParent = inherited?.fields.includes(field.name) ? inherited.size : undefined;
  const size = field.isList ? (ofParent ?? (handedOn ? undefined : declared) ?? defaults.listSize) : 1;
  const item = field.weight + (field.selection ? estimateSelection(field.selection, variables, defaults, handedOn) : 0);
  return size * item + (field.argumentCost?.(variables) ?? 0);
}

function sizeOf(field: CostedField, variables: Variables, { listSize }: CostDefaults): number {
  const { slicingArguments = [], requireOneSlicingArgument = false, assumedSize } = field.size ?? {};
  const given = slicingArguments.map((name) => field.argument(name, variables)).filter((value) => value != null);
  if (requireOneSlicingArgument && given.length !== 1)
    throw new GraphQLError(`Exactly one of ${slicingArguments.join(', ')} is needed at the field ${field.name}.`, {
      extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
    });
  // What is no number is refused by execution; here it counts as if nothing had been said.
  const sizes = given.map(Number).filter((size) => Number.isFinite(size) && size >= 0);
  return sizes.length > 0 ? Math.max(...sizes) : (assumedSize ?? listSize);
}

/** What the answer was worth: lists count as long as they are, and what is null costs its arguments only. */
export function actualCost({ operation, selection }: CostedOperation, variables: Variables, data: unknown): number {
  const base = operation.operation === OperationTypeNode.MUTATION ? MUTATION_COST : 0;
  return base + actualSelection(selection, variables, data);
}

function actualSelection(selection: CostedSelection, variables: Variables, data: unknown): number {
  if (data === null || typeof data !== 'object') return 0;
  let dearest = 0;
  for (const fields of selection) {
    let cost = 0;
    for (const field of fields) {
      const value = (data as Record<string, unknown>)[field.responseName];
      if (value !== undefined) cost += actualField(field, variables, value);
    }
    dearest = Math.max(dearest, cost);
  }
  return dearest;
}

function actualField(field: CostedField, variables: Variables, value: unknown): number {
  return actualItems(field, variables, value) + (field.argumentCost?.(variables) ?? 0);
}

function actualItems(field: CostedField, variables: Variables, value: unknown): number {
  if (value === null) return 0;
  if (!Array.isArray(value))
    return field.weight + (field.selection ? actualSelection(field.selection, variables, value) : 0);
  let cost = 0;
  for (const item of value) cost += actualItems(field, variables, item);
  return cost;
}
