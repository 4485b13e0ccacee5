import type { Viewer } from '@opsconductor/authz';
import type { Transact } from '@opsconductor/events';
import type { Log } from '@opsconductor/telemetry';
import type { Prisma, PrismaClient } from '../generated/prisma/client.ts';
import type { Loaders } from './loaders.ts';
import type { Upkeep } from './upkeep.ts';
import type { StoredVault } from './vaultKeys/storedVault.ts';

/** The client inside a transaction. */
export type Db = Prisma.TransactionClient;

/** What one request has at hand, through the graph or an internal route. */
export interface Context {
  readonly viewer: Viewer;
  readonly requestId: string;
  readonly signal: AbortSignal;
  readonly prisma: PrismaClient;
  readonly transact: Transact<Db>;
  readonly vault: StoredVault;
  readonly upkeep: Upkeep;
  readonly clock: () => Date;
  readonly log: Log;
  readonly loaders: Loaders;
}
