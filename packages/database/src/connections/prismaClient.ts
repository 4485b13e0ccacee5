import { PrismaPg } from '@prisma/adapter-pg';
import type { SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import { LIMITS, poolSettings } from './settings.ts';
import type { PoolOptions } from './pool.ts';

/** A generated `PrismaClient` class, whatever its models are. */
export type PrismaClientClass<Client> = new (options: PrismaClientOptions) => Client;

export interface PrismaClientOptions {
  readonly adapter: SqlDriverAdapterFactory;
  readonly transactionOptions: { readonly maxWait: number; readonly timeout: number };
}

export interface PrismaOptions extends PoolOptions {
  readonly schema: string;
}

/**
 * A Prisma client on one schema of one database. Connections are opened when first needed; a server that was away is
 * used again as soon as it is back. The caller ends it with `$disconnect()`.
 */
export function connect<Client>(PrismaClient: PrismaClientClass<Client>, options: PrismaOptions): Client {
  const { schema, onError } = options;
  const { connectSeconds, idleInTransactionSeconds } = { ...LIMITS, ...options.limits };
  const adapter = new PrismaPg(poolSettings(options), { schema, ...(onError ? { onPoolError: onError } : {}) });
  const transactionOptions = { maxWait: connectSeconds * 1000, timeout: idleInTransactionSeconds * 1000 };
  return new PrismaClient({ adapter, transactionOptions });
}
