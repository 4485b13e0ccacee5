import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DirectoryInUse, startEmbeddedPostgres, withClient, withDatabase } from '@opsconductor/database';
import { StartupFault } from '@opsconductor/process';
import type { EmbeddedPostgres } from '@opsconductor/database';
import pg from 'pg';

/** What is lost in a power cut here is only time. */
const SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: 0,
  max_connections: 300,
};
const KEPT_TEMPLATES = 4;
const KEPT_FAILURES = 10;

/** A PostgreSQL for tests. */
export interface TestServer {
  /** Leads to a database from which others can be created. */
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/**
 * Starts a PostgreSQL whose data outlive it under the system's temporary directory, so that the next run starts in a
 * tenth of a second and finds its template. Runs at the same time get directories of their own.
 */
export async function startTestServer(): Promise<TestServer> {
  const server = await startInFreeDirectory();
  try {
    await dropLeftovers(server.url);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { url: server.url, stop: server.stop };
}

/** Starts it as the last run on this directory left it, to look at what was kept. */
export async function startInFreeDirectory(): Promise<EmbeddedPostgres> {
  for (let number = 1; ; number++) {
    const directory = join(tmpdir(), `opsconductor-tests-${process.getuid?.() ?? 0}`, `postgres-${number}`);
    try {
      return await startFreshly(directory);
    } catch (error) {
      if (!(error instanceof DirectoryInUse)) throw error;
    }
  }
}

/** Data that cannot be started (another version, a crash without fsync) are worth nothing here. */
async function startFreshly(directory: string): Promise<EmbeddedPostgres> {
  try {
    return await startEmbeddedPostgres({ directory, settings: SETTINGS });
  } catch (error) {
    if (!(error instanceof StartupFault) || error instanceof DirectoryInUse) throw error;
    await rm(directory, { recursive: true, force: true });
    return startEmbeddedPostgres({ directory, settings: SETTINGS });
  }
}

/** Databases of killed runs, and old templates and failures. Nobody else uses this server: its directory is locked. */
async function dropLeftovers(url: string): Promise<void> {
  await withClient({ url: withDatabase(url, 'postgres'), applicationName: 'opsconductor tests' }, async (client) => {
    const { rows } = await client.query<{ name: string }>('SELECT datname AS name FROM pg_database ORDER BY oid DESC');
    const named = (prefix: string): string[] => rows.map(({ name }) => name).filter((name) => name.startsWith(prefix));
    const oldTemplates = named('migrated_').slice(KEPT_TEMPLATES);
    for (const name of oldTemplates)
      await client.query(`ALTER DATABASE ${pg.escapeIdentifier(name)} IS_TEMPLATE false`);
    for (const name of [...named('test_'), ...oldTemplates, ...named('kept_').slice(KEPT_FAILURES)]) {
      await client.query(`DROP DATABASE ${pg.escapeIdentifier(name)} WITH (FORCE)`);
    }
  });
}
