import { approvalResolvers } from './approvals/resolvers.ts';
import { resolvers as executionResolvers } from './executions/resolvers.ts';
import { executorResolvers } from './executors/resolvers.ts';
import { folderResolvers } from './folders/resolvers.ts';
import { exchangeResolvers } from './jobs/exchange/resolvers.ts';
import { jobResolvers } from './jobs/resolvers.ts';
import { workflowResolvers } from './workflows/resolvers.ts';

export const resolvers = {
  ...executionResolvers,
  ...approvalResolvers,
  ...folderResolvers,
  ...jobResolvers,
  ...workflowResolvers,
  Query: {
    ...executionResolvers.Query,
    ...approvalResolvers.Query,
    ...executorResolvers.Query,
    ...folderResolvers.Query,
    ...jobResolvers.Query,
    ...exchangeResolvers.Query,
    ...workflowResolvers.Query,
  },
  Mutation: {
    ...executionResolvers.Mutation,
    ...approvalResolvers.Mutation,
    ...folderResolvers.Mutation,
    ...jobResolvers.Mutation,
    ...exchangeResolvers.Mutation,
  },
};
