import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { applyMigrations, startEmbeddedPostgres, waitForDatabase } from '@opsconductor/database';
import type { Releases } from '@opsconductor/process';
import type { Log } from '@opsconductor/telemetry';
import type { StandaloneEnvironment } from './env.ts';
import type { Progress } from './progress.ts';

const domains = ['identity', 'assets', 'automation', 'communication'];
const migrations = fileURLToPath(new URL('../../prisma/', import.meta.url));

/**
 * The database: yours when DATABASE_URL is set, else a PostgreSQL of the platform's own under the data directory. Either
 * way with the schemas of all domains up to date.
 * @returns its URL
 * @throws {StartupFault}
 */
export async function openStorage(
  env: StandaloneEnvironment,
  held: Releases,
  progress: Progress,
  log: Log,
): Promise<string> {
  const url = env.DATABASE_URL ?? (await startOwnPostgres(env, held, progress, log));
  if (env.DATABASE_URL)
    await progress.step('Reaching the database', () => waitForDatabase(url, { timeoutSeconds: 10 }));
  await progress.step('Bringing the database up to date', async () => {
    for (const schema of domains)
      await applyMigrations({ url, schema, folder: join(migrations, schema, 'migrations'), log });
  });
  return url;
}

async function startOwnPostgres(
  { OPSCONDUCTOR_DATA_DIRECTORY: directory }: StandaloneEnvironment,
  held: Releases,
  progress: Progress,
  log: Log,
): Promise<string> {
  const postgres = await progress.step('Starting PostgreSQL', () =>
    startEmbeddedPostgres({ directory: join(directory, 'postgres'), log }),
  );
  held.add(postgres, (it) => it.stop());
  return postgres.url;
}
