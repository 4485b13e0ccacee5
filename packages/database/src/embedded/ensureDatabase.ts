import pg from 'pg';
import { databaseOf, withDatabase } from '../connections/connectionUrl.ts';
import { withClient } from '../connections/pool.ts';

const DUPLICATE_DATABASE = '42P04';

/** Creates the database that `url` names, on its server, when it is missing. Safe to race. */
export async function ensureDatabase(url: string): Promise<void> {
  const name = databaseOf(new URL(url));
  const server = { url: withDatabase(url, 'postgres'), applicationName: 'opsconductor start' };
  await withClient(server, async (client) => {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (rowCount !== 0) return;
    try {
      await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
    } catch (error) {
      if ((error as { code?: string }).code !== DUPLICATE_DATABASE) throw error;
    }
  });
}
