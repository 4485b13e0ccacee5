import pg from 'pg';
import type { ClientBase } from 'pg';
import { withClient } from '../connections/pool.ts';
import { checkSchemaName, connectionSettings } from '../connections/settings.ts';
import type { ConnectionOptions } from '../connections/settings.ts';
import type { Log } from '../log.ts';
import { StartupFault } from '@opsconductor/process';
import { createEngineAdapter } from './engineAdapter.ts';
import { readMigrations } from './migrationFolder.ts';
import type { Migration } from './migrationFolder.ts';
import { findPending, listHistory } from './migrationHistory.ts';
import { EVERYTHING, createSchemaEngine, toMigrationList } from './schemaEngine.ts';

/** One lock for all schemas of a database: the engine holds a second one, database-wide, and waits for that only 10 s. */
const LOCK_KEY = 7_236_611_004;
const LOCK_NOT_AVAILABLE = '55P03';

const LIMITS = {
  /** Building an index may take hours. */
  statementSeconds: 0,
  /** A migration that waits for a table makes every later query wait behind it: better to fail and be started again. */
  lockSeconds: 30,
};
const TURN_LIMITS = { statementSeconds: 0, lockSeconds: 300 };

export interface MigrationOptions {
  readonly url: string;
  /** The PostgreSQL schema, which is created when missing. */
  readonly schema: string;
  /** Holds `<timestamp>_<name>/migration.sql`. */
  readonly folder: string;
  readonly log?: Log;
}

/**
 * Brings one schema up to date, as `prisma migrate deploy` does and with the same `_prisma_migrations` table, but without
 * a native engine. Each migration is applied and recorded in one transaction: it happens whole or not at all, and a
 * failed or killed run is simply started again. (So a migration cannot use what PostgreSQL refuses in a transaction,
 * such as CREATE INDEX CONCURRENTLY.) Any number of processes may call it at once; one works, the others wait.
 * @returns the names of the migrations applied; none costs a few milliseconds
 * @throws StartupFault naming the migration that failed, or was changed after it was applied
 */
export async function applyMigrations(options: MigrationOptions): Promise<string[]> {
  const { url, folder } = options;
  const schema = checkSchemaName(options.schema);
  const migrations = await readMigrations(folder);
  const connection = { url, applicationName: 'opsconductor migrations', limits: TURN_LIMITS };
  return withClient(connection, async (client) => {
    const listPending = async (): Promise<Migration[]> =>
      findPending(schema, migrations, await listHistory(client, schema));
    if ((await listPending()).length === 0) return [];
    await takeTurn(client);
    const pending = await listPending();
    if (pending.length === 0) return [];
    await createSchema(client, schema);
    return applyPending(options, migrations, pending);
  });
}

async function takeTurn(client: ClientBase): Promise<void> {
  try {
    await client.query('SELECT pg_advisory_lock($1)', [LOCK_KEY]);
  } catch (cause) {
    if ((cause as { code?: string }).code !== LOCK_NOT_AVAILABLE) throw cause;
    throw new StartupFault(
      `Another process has been migrating this database for ${TURN_LIMITS.lockSeconds / 60} minutes. Wait for it, or end it.`,
      { cause },
    );
  }
}

/** Looks first: IF NOT EXISTS needs the right to create even when there is nothing to do. */
async function createSchema(client: ClientBase, schema: string): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM pg_namespace WHERE nspname = $1', [schema]);
  if (rowCount === 0) await client.query(`CREATE SCHEMA ${schema}`);
}

async function applyPending(options: MigrationOptions, all: Migration[], pending: Migration[]): Promise<string[]> {
  const { schema, folder, log } = options;
  let scriptError: unknown;
  const pool = createSingleConnection(options);
  const onScriptError = (error: unknown): void => void (scriptError = error);
  const engine = await createSchemaEngine(createEngineAdapter({ pool, schema, onScriptError }));
  try {
    for (const migration of pending) {
      const startedAt = performance.now();
      // The engine applies all it does not find in its table, and is shown one more each time.
      const shown = all.filter(({ name }) => name <= migration.name);
      try {
        await pool.query('BEGIN');
        await engine.applyMigrations({ migrationsList: toMigrationList(folder, shown), filters: EVERYTHING });
        await pool.query('COMMIT');
      } catch (error) {
        await pool.query('ROLLBACK').catch(() => {});
        throw faultOfMigration(schema, migration, scriptError ?? error);
      }
      const milliseconds = Math.round(performance.now() - startedAt);
      log?.info({ schema, migration: migration.name, milliseconds }, 'migration.applied');
    }
    return pending.map(({ name }) => name);
  } finally {
    engine.free();
    await pool.end();
  }
}

/** A pool, as the adapter wants one, whose every query goes through the same session. */
function createSingleConnection({ url, schema }: MigrationOptions): pg.Pool {
  const connection: ConnectionOptions = { url, schema, applicationName: 'opsconductor migrations', limits: LIMITS };
  const pool = new pg.Pool({ ...connectionSettings(connection), max: 1, idleTimeoutMillis: 0 });
  pool.on('error', () => {}); // the next query reports it
  return pool;
}

function faultOfMigration(schema: string, { name, sql }: Migration, cause: unknown): StartupFault {
  const { message, position } = cause as { message: string; position?: string };
  const line = position === undefined ? '' : ` in line ${sql.slice(0, Number(position)).split('\n').length}`;
  return new StartupFault(
    `The migration ${schema}/${name} failed${line}: ${message}. Nothing of it was applied; mend the cause and start again.`,
    { cause },
  );
}
