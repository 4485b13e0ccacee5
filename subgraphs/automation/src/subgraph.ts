import type { Log } from '@opsconductor/telemetry';
import { createTransact } from '@opsconductor/events';
import type { JobQueue, WakeUps } from '@opsconductor/events';
import type { Fleet } from '@opsconductor/fleet';
import { anonymous } from '@opsconductor/authz';
import type { Viewer } from '@opsconductor/authz';
import { createSubgraph } from '@opsconductor/subgraph';
import type { Subgraph, SubgraphCall } from '@opsconductor/subgraph';
import type { PrismaClient } from '../generated/prisma/client.ts';
import { startPassingTime } from './approvals/passingTime.ts';
import type { Context } from './context.ts';
import type { Db } from './executions/eventLog.ts';
import { startCalls } from './engine/calls/calls.ts';
import { installProductLibraries } from './libraries/productLibraries.ts';
import { createLoaders } from './loaders.ts';
import { createHttpClient } from './outbound/httpClient.ts';
import { resolvers } from './resolvers.ts';
import { startFiring } from './schedules/firing.ts';
import { startEventConsumer } from './triggers/eventConsumer.ts';
import { parseNetworks } from './ssh/networks.ts';
import type { Networks } from './ssh/networks.ts';
import { createExpressions } from './workflows/expressions/index.ts';

const STOP_GRACE_MS = 10_000;

export interface AutomationDeps {
  readonly prisma: PrismaClient;
  readonly queue: JobQueue;
  readonly wakeUps: WakeUps;
  readonly fleet: Fleet;
  readonly log: Log;
  readonly clock?: () => Date;
  /** Networks that HTTP may go to although they are forbidden otherwise. */
  readonly allowedNetworks?: Networks;
}

export interface Automation {
  readonly subgraph: Subgraph;
  /** Rejects when the database does not answer. */
  checkReady(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * The automation domain: what is started, what it does, how it ended, and what starts by itself, until it is stopped.
 * Running it is the executors' part.
 */
export async function createAutomation({
  prisma,
  queue,
  wakeUps,
  fleet,
  log,
  clock = () => new Date(),
  allowedNetworks = parseNetworks([]),
}: AutomationDeps): Promise<Automation> {
  const transact = createTransact<Db>(prisma, queue, wakeUps, clock);
  await installProductLibraries(prisma, log, clock());
  const expressions = createExpressions();
  const http = createHttpClient({ allowedNetworks });
  const stopping = new AbortController();
  const createContext = ({ viewer, requestId, signal }: SubgraphCall): Context => ({
    viewer,
    requestId,
    signal,
    prisma,
    transact,
    fleet,
    clock,
    expressions,
    http,
    loaders: createLoaders(prisma, viewer),
  });
  const subgraph = await createSubgraph<Context>({ name: 'automation', resolvers, log, createContext });
  const contextOf = (viewer: Viewer, requestId: string) =>
    createContext({ viewer, requestId, signal: stopping.signal });
  const system = () => contextOf(anonymous, 'automation');
  const passingTime = startPassingTime(transact, clock, log);
  const calls = startCalls({ prisma, queue, wakeUps, fleet, log, clock, expressions, http });
  const firing = startFiring({ queue, wakeUps, log, contextOf, system });
  const consumer = startEventConsumer({ queue, wakeUps, log, system });
  return {
    subgraph,
    checkReady: async () => void (await prisma.$queryRaw`select 1`),
    async stop() {
      await Promise.all([firing.stop(), consumer.stop(STOP_GRACE_MS), passingTime.stop(), calls.stop(STOP_GRACE_MS)]);
      stopping.abort();
      await subgraph.stop();
      await expressions.close();
      await http.close();
    },
  };
}
