import pg from 'pg';
import { connectionSettings, poolSettings } from './settings.ts';
import type { ConnectionOptions } from './settings.ts';

export interface PoolOptions extends ConnectionOptions {
  /** Connections at most. */
  readonly poolSize: number;
  /** Told when an idle connection breaks. The pool replaces it; there is nothing to do. */
  readonly onError?: (error: Error) => void;
}

/** A plain pool with the limits of `LIMITS`. The caller ends it. */
export function createPool(options: PoolOptions): pg.Pool {
  const pool = new pg.Pool(poolSettings(options));
  // Without a listener the first connection that PostgreSQL closes would end this process.
  pool.on('error', options.onError ?? (() => {}));
  return pool;
}

/** Opens one connection, gives it to `work`, and closes it whatever happens. */
export async function withClient<T>(options: ConnectionOptions, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(connectionSettings(options));
  client.on('error', () => {}); // the query in flight rejects too, and says the same
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}
