import { approvalResolvers } from './approvals/resolvers.ts';
import { calendarResolvers } from './calendars/resolvers.ts';
import { resolvers as executionResolvers } from './executions/resolvers.ts';
import { executorResolvers } from './executors/resolvers.ts';
import { folderResolvers } from './folders/resolvers.ts';
import { historyResolvers } from './history/resolvers.ts';
import { exchangeResolvers } from './jobs/exchange/resolvers.ts';
import { optionResolvers } from './jobs/options/resolvers.ts';
import { jobResolvers } from './jobs/resolvers.ts';
import { libraryResolvers } from './libraries/resolvers.ts';
import { outputResolvers } from './output/resolvers.ts';
import { scheduleResolvers } from './schedules/resolvers.ts';
import { workflowResolvers } from './workflows/resolvers.ts';

export const resolvers = {
  ...executionResolvers,
  ...approvalResolvers,
  ...calendarResolvers,
  ...folderResolvers,
  ...historyResolvers,
  ...jobResolvers,
  ...outputResolvers,
  ...scheduleResolvers,
  ...workflowResolvers,
  ...libraryResolvers,
  Job: { ...jobResolvers.Job, ...historyResolvers.Job },
  Target: { ...executionResolvers.Target, ...historyResolvers.Target },
  Query: {
    ...executionResolvers.Query,
    ...approvalResolvers.Query,
    ...executorResolvers.Query,
    ...folderResolvers.Query,
    ...historyResolvers.Query,
    ...jobResolvers.Query,
    ...exchangeResolvers.Query,
    ...calendarResolvers.Query,
    ...outputResolvers.Query,
    ...scheduleResolvers.Query,
    ...optionResolvers.Query,
    ...workflowResolvers.Query,
    ...libraryResolvers.Query,
  },
  Mutation: {
    ...executionResolvers.Mutation,
    ...approvalResolvers.Mutation,
    ...calendarResolvers.Mutation,
    ...folderResolvers.Mutation,
    ...jobResolvers.Mutation,
    ...exchangeResolvers.Mutation,
    ...scheduleResolvers.Mutation,
    ...libraryResolvers.Mutation,
  },
};
