import { withClient } from '../src/index.ts';

/** One statement on a connection of its own; its rows. */
export async function query<Row extends object>(url: string, sql: string, values: unknown[] = []): Promise<Row[]> {
  return withClient({ url, applicationName: 'tests' }, async (client) => (await client.query<Row>(sql, values)).rows);
}
