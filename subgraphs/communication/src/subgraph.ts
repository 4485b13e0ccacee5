import type { JobQueue, Transact, WakeUps } from '@opsconductor/events';
import { createSubgraph } from '@opsconductor/subgraph';
import type { Subgraph } from '@opsconductor/subgraph';
import type { Log } from '@opsconductor/telemetry';
import type { PrismaClient } from '../generated/prisma/client.ts';
import { createLoaders } from './audit/loaders.ts';
import { startRecorder } from './audit/recorder.ts';
import { resolvers } from './audit/resolvers.ts';
import type { Context, Db } from './context.ts';

const STOP_GRACE_MS = 10_000;

export interface CommunicationDeps {
  readonly prisma: PrismaClient;
  readonly queue: JobQueue;
  readonly wakeUps: WakeUps;
  readonly transact: Transact<Db>;
  readonly log: Log;
  readonly clock?: () => Date;
}

export interface Communication {
  readonly subgraph: Subgraph;
  /** Rejects when the database does not answer. */
  checkReady(): Promise<void>;
  stop(): Promise<void>;
}

/** The communication domain: the record of what happened. Records from now on until it is stopped. */
export async function createCommunication(deps: CommunicationDeps): Promise<Communication> {
  const { prisma, log, clock = () => new Date() } = deps;
  const subgraph = await createSubgraph<Context>({
    name: 'communication',
    resolvers,
    log,
    createContext: ({ viewer, requestId }) => ({ viewer, requestId, prisma, loaders: createLoaders(prisma) }),
  });
  const recorder = startRecorder({ ...deps, clock });
  return {
    subgraph,
    checkReady: async () => void (await prisma.$queryRaw`select 1`),
    async stop() {
      await recorder.stop(STOP_GRACE_MS);
      await subgraph.stop();
    },
  };
}
