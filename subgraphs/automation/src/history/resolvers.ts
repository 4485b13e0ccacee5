import type { PageArguments } from '@opsconductor/subgraph';
import type { QueryExecutionDiffArgs, QueryExecutionStatisticsArgs } from '../../generated/graphql.ts';
import type { Context } from '../context.ts';
import { findTask } from '../executions/executions.ts';
import { compareExecutions } from './executionDiff.ts';
import type { TaskDifference } from './executionDiff.ts';
import { listExecutionsOf } from './executionsOf.ts';
import type { ExecutionOwner } from './loaders.ts';
import { readStatistics } from './statistics.ts';

const executionsOf =
  (owner: ExecutionOwner) =>
  ({ id }: { id: string }, page: PageArguments, context: Context) =>
    listExecutionsOf(context, owner, id, page);
const taskOf = (context: Context, id: string | null) => (id === null ? null : findTask(context, id));

export const historyResolvers = {
  Query: {
    executionStatistics: (_: unknown, { filter }: QueryExecutionStatisticsArgs, context: Context) =>
      readStatistics(context, filter),
    executionDiff: (_: unknown, diff: QueryExecutionDiffArgs, context: Context) => compareExecutions(context, diff),
  },
  TaskDifference: {
    before: ({ beforeId }: TaskDifference, _: unknown, context: Context) => taskOf(context, beforeId),
    after: ({ afterId }: TaskDifference, _: unknown, context: Context) => taskOf(context, afterId),
  },
  Target: { executions: executionsOf('target') },
  User: { __resolveReference: ({ id }: { id: string }) => ({ id }), executions: executionsOf('user') },
  Job: { executions: executionsOf('job') },
};
