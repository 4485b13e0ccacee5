import { GraphQLError } from 'graphql';
import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import type { CostModel } from './costModel.ts';
import { UncountableOperation, costOperation } from './costedOperation.ts';
import type { CostedOperation, Variables } from './costedOperation.ts';
import { actualCost, estimateCost } from './operationCost.ts';

/** What an operator may set about cost. */
export interface CostSettings {
  /** What one operation may cost at most, as estimated. */
  readonly maxCost: number;
  /** Size of a list that says nothing about its size. */
  readonly listSize: number;
  /** Whether `extensions.cost` is in every answer, or in those whose request has the header `x-graphql-cost`. */
  readonly report: 'always' | 'asked';
}

/** The cost of one request: known before it runs, settled when its answer is there. */
export interface RequestCost {
  readonly estimated: number;
  /** @param data of the answer */
  actual(data: unknown): number;
}

export interface Costs {
  /**
   * @throws {GraphQLError} COST_ESTIMATED_TOO_EXPENSIVE, or GRAPHQL_VALIDATION_FAILED when a list needs a size and has none
   */
  estimate(document: DocumentNode, operation: OperationDefinitionNode, variables?: Variables): RequestCost;
}

/** @param schema the API schema, what clients see */
export function createCosts(schema: GraphQLSchema, model: CostModel, settings: CostSettings): Costs {
  // Kept for as long as the parsed document is.
  const known = new WeakMap<OperationDefinitionNode, CostedOperation>();

  function costed(document: DocumentNode, operation: OperationDefinitionNode): CostedOperation {
    const earlier = known.get(operation);
    if (earlier) return earlier;
    try {
      const fresh = costOperation(document, operation, schema, model);
      known.set(operation, fresh);
      return fresh;
    } catch (error) {
      if (error instanceof UncountableOperation) throw tooExpensive(Infinity, settings.maxCost);
      throw error;
    }
  }

  return {
    estimate(document, operation, variables = {}) {
      const tree = costed(document, operation);
      const estimated = estimateCost(tree, variables, settings);
      if (!(estimated <= settings.maxCost)) throw tooExpensive(estimated, settings.maxCost);
      return { estimated, actual: (data) => actualCost(tree, variables, data) };
    },
  };
}

function tooExpensive(estimated: number, limit: number): GraphQLError {
  const figures = Number.isFinite(estimated) ? { limit, actual: estimated } : { limit };
  return new GraphQLError(
    `The operation costs too much: ${estimated.toLocaleString('en-US')} as estimated, at most ${limit.toLocaleString('en-US')}. Ask for fewer items a page, or for less of each.`,
    { extensions: { code: 'COST_ESTIMATED_TOO_EXPENSIVE', ...figures } },
  );
}
