import { randomBytes } from 'node:crypto';
import { basename } from 'node:path';
import { withClient, withDatabase } from '@opsconductor/database';
import { currentTestFile, hasFailedTest } from './currentTest.ts';
import { ensureTemplate } from './template.ts';
import { startTestServer } from './testServer.ts';
import type { TestServer } from './testServer.ts';

/** Where the tests' PostgreSQL is. Set it to use one of your own; the global setup of a test run sets it otherwise. */
export const SERVER_VARIABLE = 'OPSCONDUCTOR_TEST_DATABASE_URL';

/** A database with all migrations applied, for one test file alone. */
export interface TestDatabase {
  readonly url: string;
  readonly name: string;
  /** Drops it, ending the connections that are left; keeps it and says so when a test of this file failed. */
  readonly drop: () => Promise<void>;
}

/** Copies the migrated template: tens of milliseconds. Outside a test run it starts a server of its own, stopped with the last drop. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = await acquireServer();
  try {
    const name = `test_${nameOfTest()}${randomBytes(6).toString('hex')}`;
    const template = await ensureTemplate(server.url);
    await onServer(server.url, `CREATE DATABASE ${name} TEMPLATE ${template}`);
    const drop = async (): Promise<void> => {
      await (hasFailedTest()
        ? keepDatabase(server.url, name)
        : onServer(server.url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
      await server.release();
    };
    return { url: withDatabase(server.url, name), name, drop };
  } catch (error) {
    await server.release();
    throw error;
  }
}

interface Lease {
  readonly url: string;
  readonly release: () => Promise<void>;
}

let own: { readonly server: Promise<TestServer>; users: number } | undefined;

async function acquireServer(): Promise<Lease> {
  const url = process.env[SERVER_VARIABLE];
  if (url) return { url, release: async () => {} };
  const shared = (own ??= { server: startTestServer(), users: 0 });
  shared.users += 1;
  const release = async (): Promise<void> => {
    shared.users -= 1;
    if (shared.users > 0) return;
    if (own === shared) own = undefined;
    await (await shared.server).stop();
  };
  return { url: (await shared.server).url, release };
}

/** The beginning of the test file's name, so that a database tells whose it is. */
function nameOfTest(): string {
  const file = basename(currentTestFile() ?? '').replace(/\.test\.ts$/, '');
  const words = file.toLowerCase().replace(/[^a-z0-9]+/g, '_');
  return words ? `${words.slice(0, 30)}_` : '';
}

async function keepDatabase(url: string, name: string): Promise<void> {
  const kept = name.replace('test_', 'kept_');
  await onServer(url, `ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
  await onServer(url, `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '${name}'`);
  await onServer(url, `ALTER DATABASE ${name} RENAME TO ${kept}`);
  await onServer(url, `ALTER DATABASE ${kept} ALLOW_CONNECTIONS true`);
  process.stderr.write(
    `Kept the database ${kept} of the failed test ${currentTestFile()}: node packages/testkit/src/databases/inspect.ts\n`,
  );
}

async function onServer(url: string, statement: string): Promise<void> {
  const server = {
    url: withDatabase(url, 'postgres'),
    applicationName: 'opsconductor tests',
    limits: { statementSeconds: 60 },
  };
  await withClient(server, (client) => client.query(statement));
}
