import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { connectionSettings } from '../connections/settings.ts';
import { faultOfFile } from '../fileFaults.ts';
import { createEngineAdapter } from './engineAdapter.ts';
import { readMigrations } from './migrationFolder.ts';
import { EVERYTHING, createSchemaEngine, toMigrationList } from './schemaEngine.ts';

/** Prisma's name for the schema of a script that names none: what it writes then fits every PostgreSQL schema. */
const UNQUALIFIED = 'public';

export interface DifferenceOptions {
  /** A server on which databases may be created and dropped, to try the migrations on. */
  readonly url: string;
  readonly folder: string;
  readonly schemaFile: string;
}

/**
 * The SQL that leads from the migrations of a folder to a Prisma schema, or undefined when they agree. What Prisma
 * schemas cannot express (check constraints, partial and expression indexes, functions, triggers) is left alone.
 */
export async function findDifference({ url, folder, schemaFile }: DifferenceOptions): Promise<string | undefined> {
  const migrations = await readMigrations(folder);
  const content = await readFile(schemaFile, 'utf8').catch((error: unknown) => {
    throw faultOfFile(error, schemaFile, 'read');
  });
  const settings = connectionSettings({ url, applicationName: 'opsconductor migration' });
  const pool = new pg.Pool({ ...settings, max: 1 });
  let reason = '';
  const onScriptError = (error: unknown): void => void (reason = `: ${(error as Error).message}`);
  const engine = await createSchemaEngine(createEngineAdapter({ pool, schema: UNQUALIFIED, onScriptError }));
  try {
    const { exitCode, stdout } = await engine.diff({
      from: { tag: 'migrations', ...toMigrationList(folder, migrations) },
      to: { tag: 'schemaDatamodel', files: [{ path: schemaFile, content }] },
      script: true,
      exitCode: true,
      filters: EVERYTHING,
    });
    return exitCode === 0 ? undefined : (stdout ?? undefined);
  } catch (error) {
    throw new Error(`The migrations in ${folder} do not lead to ${schemaFile}${reason}`, { cause: error });
  } finally {
    engine.free();
    await pool.end();
  }
}
