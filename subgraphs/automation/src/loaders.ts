import type { Viewer } from '@opsconductor/authz';
import type { PrismaClient } from '../generated/prisma/client.ts';
import { createApprovalLoaders } from './approvals/loaders.ts';
import type { ApprovalLoaders } from './approvals/loaders.ts';
import { createLoaders as createExecutionLoaders } from './executions/loaders.ts';
import type { Loaders as ExecutionLoaders } from './executions/loaders.ts';
import { createHistoryLoaders } from './history/loaders.ts';
import type { HistoryLoaders } from './history/loaders.ts';
import { createJobLoaders } from './jobs/loaders.ts';
import type { JobLoaders } from './jobs/loaders.ts';
import { createScheduleLoaders } from './schedules/loaders.ts';
import type { ScheduleLoaders } from './schedules/loaders.ts';

/** One DataLoader per key shape, for one request: any number of keys is one statement. */
export interface Loaders extends ExecutionLoaders, ApprovalLoaders, HistoryLoaders, JobLoaders, ScheduleLoaders {}

export function createLoaders(prisma: PrismaClient, viewer: Viewer): Loaders {
  return {
    ...createExecutionLoaders(prisma),
    ...createApprovalLoaders(prisma),
    ...createHistoryLoaders(prisma),
    ...createJobLoaders(prisma, viewer),
    ...createScheduleLoaders(prisma),
  };
}
