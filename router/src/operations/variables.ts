import { getVariableValues, GraphQLError } from 'graphql';
import type { GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { RequestRefused } from '../errors/requestRefused.ts';
import type { Variables } from '../execution/compileOperation.ts';

const MAX_ERRORS = 10;
const none = {};

/** @throws {RequestRefused} BAD_USER_INPUT: they do not fit what the operation declares */
export function coerceVariables(
  { variableDefinitions = [] }: OperationDefinitionNode,
  given: Readonly<Record<string, unknown>> = none,
  schema: GraphQLSchema,
): Variables {
  if (variableDefinitions.length === 0) return { given: none, coerced: none };
  const { coerced, errors } = getVariableValues(schema, variableDefinitions, given, { maxErrors: MAX_ERRORS });
  if (!errors) return { given, coerced };
  throw new RequestRefused(
    errors.map(({ message, nodes }) => {
      const extensions = { code: 'BAD_USER_INPUT' };
      return new GraphQLError(message, { nodes: nodes ?? null, extensions });
    }),
  );
}
