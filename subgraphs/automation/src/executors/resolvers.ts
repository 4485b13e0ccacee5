import type { Context } from '../context.ts';
import { listExecutors } from './executors.ts';

export const executorResolvers = {
  Query: { executors: (_: unknown, _args: unknown, context: Context) => listExecutors(context) },
};
