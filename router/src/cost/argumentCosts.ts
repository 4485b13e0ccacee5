import { Kind, getNamedType, isInputObjectType, valueFromASTUntyped } from 'graphql';
import type { FieldNode, GraphQLArgument, GraphQLField, GraphQLInputType, OperationDefinitionNode } from 'graphql';
import type { CostModel } from './costModel.ts';
import type { Variables } from './costedOperation.ts';

/** Cost of the arguments of a field with the variables of a request; null when it is always 0. */
export type ArgumentCost = ((variables: Variables) => number) | null;

/**
 * What arguments cost: `@cost` of the argument or of the input field, else 1 for an input object and 0 for a scalar, and
 * for an input object what its fields cost, for each item of a list.
 */
export function createArgumentCosts({ variableDefinitions = [] }: OperationDefinitionNode, model: CostModel) {
  const defaults: Variables = Object.fromEntries(
    variableDefinitions.flatMap(({ variable, defaultValue }) =>
      defaultValue ? [[variable.name.value, valueFromASTUntyped(defaultValue)]] : [],
    ),
  );
  /** Variables whose default counts because they are not sent. */
  const complete = (variables: Variables): Variables => ({ ...defaults, ...variables });

  function valueOf(
    definition: GraphQLField<unknown, unknown>,
    node: FieldNode,
    name: string,
    variables: Variables,
  ): unknown {
    const written = node.arguments?.find((argument) => argument.name.value === name)?.value;
    const given = written && valueFromASTUntyped(written, complete(variables));
    return given === undefined ? definition.args.find((argument) => argument.name === name)?.defaultValue : given;
  }

  function ofField(coordinate: string, definition: GraphQLField<unknown, unknown>, node: FieldNode): ArgumentCost {
    const costly = definition.args.filter(
      (argument) =>
        model.arguments.has(`${coordinate}(${argument.name}:)`) || isInputObjectType(getNamedType(argument.type)),
    );
    if (costly.length === 0) return null;
    const costOf = (variables: Variables): number =>
      sum(costly, (argument) =>
        argumentCost(coordinate, argument, valueOf(definition, node, argument.name, variables)),
      );
    const hasVariables = node.arguments?.some(({ value }) => value.kind !== Kind.NULL && holdsVariable(value));
    if (hasVariables) return costOf;
    const constant = costOf({});
    return constant === 0 ? null : () => constant;
  }

  function argumentCost(coordinate: string, { name, type }: GraphQLArgument, value: unknown): number {
    if (value === undefined) return 0;
    return inputCost(type, value, model.arguments.get(`${coordinate}(${name}:)`));
  }

  /** @param declared weight at the place where the value is given */
  function inputCost(type: GraphQLInputType, value: unknown, declared: number | undefined): number {
    if (Array.isArray(value)) return sum(value, (item) => inputCost(type, item, declared));
    const named = getNamedType(type);
    const weight = declared ?? model.types.get(named.name);
    if (!isInputObjectType(named) || value === null || typeof value !== 'object') return weight ?? 0;
    const fields = named.getFields();
    return (
      (weight ?? 1) +
      sum(Object.entries(value), ([name, inner]) => {
        const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
        return field ? inputCost(field.type, inner, model.fields.get(`${named.name}.${name}`)) : 0;
      })
    );
  }

  return { valueOf, ofField };
}

function holdsVariable(value: object): boolean {
  if ('kind' in value && value.kind === Kind.VARIABLE) return true;
  return Object.entries(value).some(
    ([key, inner]) => key !== 'loc' && typeof inner === 'object' && inner !== null && holdsVariable(inner as object),
  );
}

function sum<Item>(items: readonly Item[], cost: (item: Item) => number): number {
  return items.reduce((total, item) => total + cost(item), 0);
}
