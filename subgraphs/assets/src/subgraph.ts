import type { Transact } from '@opsconductor/events';
import { createSubgraph } from '@opsconductor/subgraph';
import type { Route, Subgraph, SubgraphCall } from '@opsconductor/subgraph';
import type { Log } from '@opsconductor/telemetry';
import type { RootVault } from '@opsconductor/vault';
import type { PrismaClient } from '../generated/prisma/client.ts';
import type { Context, Db } from './context.ts';
import { remindOfRotations } from './credentials/reminders.ts';
import { createLoaders } from './loaders.ts';
import { resolvers } from './resolvers.ts';
import { createRoutes } from './routes.ts';
import { startUpkeep } from './upkeep.ts';
import { checkStoredVault } from './vaultCanary.ts';
import { rewrapAll } from './vaultKeys/rewrapping.ts';
import { openStoredVault } from './vaultKeys/storedVault.ts';

export interface AssetsDeps {
  readonly prisma: PrismaClient;
  /** On the same database as `prisma`. */
  readonly transact: Transact<Db>;
  readonly vault: RootVault;
  readonly log: Log;
  readonly clock?: () => Date;
}

export interface Assets {
  readonly subgraph: Subgraph;
  /** The internal routes, for `serveSubgraph`. */
  readonly routes: readonly Route[];
  /** Rejects when the database does not answer. */
  checkReady(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * The assets domain: what exists, how it is reached, with which secret and under which host key.
 * @throws {StartupFault} the vault does not open what is stored
 */
export async function createAssets({
  prisma,
  transact,
  vault: rootVault,
  log,
  clock = () => new Date(),
}: AssetsDeps): Promise<Assets> {
  await checkStoredVault(prisma, rootVault);
  const vault = await openStoredVault(prisma, rootVault);
  const upkeep = startUpkeep(
    [(signal) => rewrapAll(transact, vault, signal), () => remindOfRotations(transact, clock())],
    log,
  );
  const createContext = ({ viewer, requestId, signal }: SubgraphCall): Context => ({
    viewer,
    requestId,
    signal,
    prisma,
    transact,
    vault,
    upkeep,
    clock,
    log,
    loaders: createLoaders(prisma, clock),
  });
  const subgraph = await createSubgraph<Context>({ name: 'assets', resolvers, log, createContext });
  return {
    subgraph,
    routes: createRoutes(createContext),
    checkReady: async () => void (await prisma.$queryRaw`select 1`),
    async stop() {
      await upkeep.stop();
      await subgraph.stop();
    },
  };
}
