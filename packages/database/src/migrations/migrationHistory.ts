import pg from 'pg';
import type { ClientBase } from 'pg';
import { StartupFault } from '@opsconductor/process';
import type { Migration } from './migrationFolder.ts';

/** A row of `_prisma_migrations`. */
export interface HistoryEntry {
  readonly name: string;
  readonly checksum: string;
  readonly state: 'APPLIED' | 'FAILED' | 'ROLLED_BACK';
}

/** What the database says was applied to `schema`; nothing when it was never migrated. */
export async function listHistory(client: ClientBase, schema: string): Promise<HistoryEntry[]> {
  const table = `${pg.escapeIdentifier(schema)}._prisma_migrations`;
  const { rows: found } = await client.query<{ exists: boolean }>('SELECT to_regclass($1) IS NOT NULL AS exists', [
    table,
  ]);
  if (!found[0]?.exists) return [];
  const { rows } = await client.query<HistoryEntry>(
    `SELECT migration_name AS name, checksum,
            CASE WHEN rolled_back_at IS NOT NULL THEN 'ROLLED_BACK' WHEN finished_at IS NULL THEN 'FAILED' ELSE 'APPLIED' END AS state
       FROM ${table} ORDER BY started_at`,
  );
  return rows;
}

/**
 * The migrations of the folder that are not applied yet. A database that is ahead of the folder is accepted: during a
 * rolling update old processes start on the new schema.
 * @throws StartupFault when an applied one was changed since, or one failed half-way (by another tool)
 */
export function findPending(
  schema: string,
  folder: readonly Migration[],
  history: readonly HistoryEntry[],
): Migration[] {
  const failed = history.find(({ state }) => state === 'FAILED');
  if (failed) {
    throw new StartupFault(
      `The migration ${schema}/${failed.name} failed in an earlier attempt and may have been applied in part. Undo what it ` +
        `did, then set rolled_back_at of its row in ${schema}._prisma_migrations, and start again.`,
    );
  }
  const applied = new Map(history.filter(({ state }) => state === 'APPLIED').map((entry) => [entry.name, entry]));
  const changed = folder.find(({ name, checksum }) => (applied.get(name)?.checksum ?? checksum) !== checksum);
  if (changed) {
    throw new StartupFault(
      `The migration ${schema}/${changed.name} was changed after it was applied to this database. Restore its ` +
        `migration.sql, and make the change in a new migration.`,
    );
  }
  return folder.filter(({ name }) => !applied.has(name));
}
