import { access, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../embedded/embeddedPostgres.ts';
import { StartupFault } from '@opsconductor/process';
import { LOCKFILE } from './schemaEngine.ts';
import { findDifference } from './schemaDifference.ts';

/**
 * Both functions try the migrations on a PostgreSQL, in databases that they create and drop. `server` is a URL of one;
 * a throw-away one is started when it is absent.
 */
export interface NewMigration {
  /** Holds a folder per domain with `schema.prisma` and `migrations/`. */
  readonly root: string;
  readonly domain: string;
  /** What it does, in lower-case words joined by underscores. */
  readonly name: string;
  readonly now: Date;
  readonly server?: string | undefined;
}

export interface Drift {
  readonly domain: string;
  /** The SQL that the migrations lack. */
  readonly script: string;
}

/**
 * Writes what the schema of a domain has and its migrations lack into `migrations/<timestamp>_<name>/migration.sql`.
 * @returns the path of that file, or undefined when nothing is lacking
 */
export async function createMigration({ root, domain, name, now, server }: NewMigration): Promise<string | undefined> {
  if (!/^[a-z0-9]+(_[a-z0-9]+)*$/.test(name)) {
    throw new StartupFault(`"${name}" cannot name a migration. Use lower-case words joined by underscores.`);
  }
  const domains = await listDomains(root);
  if (!domains.includes(domain)) {
    throw new StartupFault(`There is no domain "${domain}" in ${root}. Choose one of ${domains.join(', ')}.`);
  }
  const folder = join(root, domain, 'migrations');
  await mkdir(folder, { recursive: true });
  const script = await onServer(server, (url) => findDifferenceOf(url, root, domain));
  if (script === undefined) return undefined;
  const timestamp = now.toISOString().replace(/\D/g, '').slice(0, 14);
  const path = join(folder, `${timestamp}_${name}`, 'migration.sql');
  await mkdir(join(path, '..'));
  await writeFile(path, script);
  await writeFile(join(folder, LOCKFILE.path), LOCKFILE.content);
  return path;
}

/** Every domain of `root` whose schema has something that its migrations lack. */
export async function findDrift({ root, server }: Pick<NewMigration, 'root' | 'server'>): Promise<Drift[]> {
  return onServer(server, async (url) => {
    const drifts: Drift[] = [];
    for (const domain of await listDomains(root)) {
      const script = await findDifferenceOf(url, root, domain);
      if (script !== undefined) drifts.push({ domain, script });
    }
    return drifts;
  });
}

function findDifferenceOf(url: string, root: string, domain: string): Promise<string | undefined> {
  const folder = join(root, domain, 'migrations');
  return findDifference({ url, folder, schemaFile: join(root, domain, 'schema.prisma') });
}

async function listDomains(root: string): Promise<string[]> {
  const entries = await readdir(root, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const found = await Promise.all(
    names.map((name) =>
      access(join(root, name, 'schema.prisma')).then(
        () => [name],
        () => [],
      ),
    ),
  );
  return found.flat().sort();
}

async function onServer<T>(server: string | undefined, work: (url: string) => Promise<T>): Promise<T> {
  if (server !== undefined) return work(server);
  const directory = await mkdtemp(join(tmpdir(), 'opsconductor-migration-'));
  try {
    const postgres = await startEmbeddedPostgres({
      directory: join(directory, 'postgres'),
      settings: { fsync: 'off' },
    });
    try {
      return await work(postgres.url);
    } finally {
      await postgres.stop();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
