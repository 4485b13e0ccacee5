import type { Log } from '@opsconductor/telemetry';
import { createTransact } from '@opsconductor/events';
import type { JobQueue, WakeUps } from '@opsconductor/events';
import type { Fleet } from '@opsconductor/fleet';
import { createSubgraph } from '@opsconductor/subgraph';
import type { Subgraph } from '@opsconductor/subgraph';
import type { PrismaClient } from '../generated/prisma/client.ts';
import { startPassingTime } from './approvals/passingTime.ts';
import type { Context } from './context.ts';
import type { Db } from './executions/eventLog.ts';
import { createLoaders } from './loaders.ts';
import { resolvers } from './resolvers.ts';
import { createExpressions } from './workflows/expressions/index.ts';

export interface AutomationDeps {
  readonly prisma: PrismaClient;
  readonly queue: JobQueue;
  readonly wakeUps: WakeUps;
  readonly fleet: Fleet;
  readonly log: Log;
  readonly clock?: () => Date;
}

export interface Automation {
  readonly subgraph: Subgraph;
  /** Rejects when the database does not answer. */
  checkReady(): Promise<void>;
  stop(): Promise<void>;
}

/** The automation domain: what is started, what it does, how it ended. Running it is the executors' part. */
export async function createAutomation({
  prisma,
  queue,
  wakeUps,
  fleet,
  log,
  clock = () => new Date(),
}: AutomationDeps): Promise<Automation> {
  const transact = createTransact<Db>(prisma, queue, wakeUps, clock);
  const expressions = createExpressions();
  const passingTime = startPassingTime(transact, clock, log);
  const subgraph = await createSubgraph<Context>({
    name: 'automation',
    resolvers,
    log,
    createContext: ({ viewer, requestId, signal }) => ({
      viewer,
      requestId,
      signal,
      prisma,
      transact,
      fleet,
      clock,
      expressions,
      loaders: createLoaders(prisma, viewer),
    }),
  });
  return {
    subgraph,
    checkReady: async () => void (await prisma.$queryRaw`select 1`),
    async stop() {
      await passingTime.stop();
      await subgraph.stop();
      await expressions.close();
    },
  };
}
