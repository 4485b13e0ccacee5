import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { StartupFault } from '@opsconductor/process';
import { faultOfFile } from '../fileFaults.ts';

/** One folder `<timestamp>_<name>` with its `migration.sql`. */
export interface Migration {
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the file in hex, as Prisma keeps it. */
  readonly checksum: string;
}

/**
 * The migrations of a folder in the order in which they apply.
 * @throws StartupFault when the folder cannot be read or one of its folders has no `migration.sql`
 */
export async function readMigrations(folder: string): Promise<Migration[]> {
  let entries;
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    throw faultOfFile(error, folder, 'read the migrations in');
  }
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(names.sort().map((name) => readMigration(folder, name)));
}

async function readMigration(folder: string, name: string): Promise<Migration> {
  const path = join(folder, name, 'migration.sql');
  try {
    const sql = await readFile(path, 'utf8');
    return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
  } catch (cause) {
    throw new StartupFault(`The migration ${name} has no file ${path}. Restore it, or remove its folder.`, { cause });
  }
}
