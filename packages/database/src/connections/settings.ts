import type { PoolConfig } from 'pg';
import { parseUrl } from './connectionUrl.ts';

/** How long things may take, in seconds. */
export interface Limits {
  /** To open a connection, or to get one of the pool. */
  readonly connectSeconds: number;
  /** One statement, in the server. */
  readonly statementSeconds: number;
  /** Waiting for one lock, in the server. */
  readonly lockSeconds: number;
  /** A transaction that waits for its client, in the server. */
  readonly idleInTransactionSeconds: number;
}

export const LIMITS: Limits = {
  connectSeconds: 5,
  statementSeconds: 15,
  lockSeconds: 5,
  idleInTransactionSeconds: 30,
};

/** The client gives up after the server should have: then the connection itself is dead. */
const CLIENT_GRACE_MS = 5_000;
const IDLE_CONNECTION_MS = 60_000;
const KEEP_ALIVE_AFTER_MS = 10_000;

export interface ConnectionOptions {
  readonly url: string;
  /** The PostgreSQL schema in which unqualified names are looked up: a domain's name. */
  readonly schema?: string;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  readonly limits?: Partial<Limits>;
}

/** The settings of one connection: every await on it ends, and raw SQL finds the tables of its schema. */
export function connectionSettings({ url, schema, applicationName, limits }: ConnectionOptions): PoolConfig {
  const { connectSeconds, statementSeconds, lockSeconds, idleInTransactionSeconds } = { ...LIMITS, ...limits };
  const parsed = parseUrl(url);
  // pg lets the options of a URL replace ours, so they are joined. Ours come last and win.
  const options = [parsed.searchParams.get('options'), sessionOptions(schema)].filter(Boolean).join(' ');
  parsed.searchParams.delete('options');
  return {
    connectionString: parsed.href,
    options,
    application_name: applicationName,
    connectionTimeoutMillis: connectSeconds * 1000,
    statement_timeout: statementSeconds * 1000,
    lock_timeout: lockSeconds * 1000,
    idle_in_transaction_session_timeout: idleInTransactionSeconds * 1000,
    ...(statementSeconds > 0 ? { query_timeout: statementSeconds * 1000 + CLIENT_GRACE_MS } : {}),
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
  };
}

/** As `connectionSettings`, for up to `poolSize` connections. */
export function poolSettings(options: ConnectionOptions & { readonly poolSize: number }): PoolConfig {
  return { ...connectionSettings(options), max: options.poolSize, idleTimeoutMillis: IDLE_CONNECTION_MS };
}

function sessionOptions(schema: string | undefined): string {
  // Prisma's driver adapter writes times without their zone and means UTC, whatever the server's zone is.
  const options = ['-c TimeZone=UTC'];
  if (schema !== undefined) options.push(`-c search_path=${checkSchemaName(schema)}`);
  return options.join(' ');
}

/** A schema name that means the same quoted and not. */
export function checkSchemaName(name: string): string {
  if (/^[a-z_][a-z0-9_]{0,62}$/.test(name)) return name;
  throw new TypeError(`"${name}" cannot be a schema name: use lower-case letters, digits and underscores`);
}
