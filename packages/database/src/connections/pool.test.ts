import { emptyDatabase } from '../../test/emptyDatabase.ts';
import { query } from '../../test/sessions.ts';
import { createPool, withClient } from './pool.ts';
import type { PoolOptions } from './pool.ts';
import { connectionSettings } from './settings.ts';

const applicationName = 'pool.test';

async function onPool<T>(options: PoolOptions, work: (pool: ReturnType<typeof createPool>) => Promise<T>): Promise<T> {
  const pool = createPool(options);
  try {
    return await work(pool);
  } finally {
    await pool.end();
  }
}

describe('a session', () => {
  test('has every limit, UTC, its name and its schema', async () => {
    await using database = await emptyDatabase();
    const url = `${database.url}?options=-c%20work_mem%3D9MB%20-c%20TimeZone%3DAsia/Tokyo`;
    const expected = {
      statement_timeout: '15s',
      lock_timeout: '5s',
      idle_in_transaction_session_timeout: '30s',
      search_path: 'identity',
      TimeZone: 'UTC',
      work_mem: '9MB',
      application_name: applicationName,
    };
    await onPool({ url, schema: 'identity', applicationName, poolSize: 1 }, async (pool) => {
      const select = 'SELECT name, current_setting(name) AS value FROM unnest($1::text[]) AS name';
      const { rows } = await pool.query<{ name: string; value: string }>(select, [Object.keys(expected)]);
      expect(Object.fromEntries(rows.map(({ name, value }) => [name, value]))).toEqual(expected);
    });
  });

  test('finds the tables of its schema, and no others, by bare name', async () => {
    await using database = await emptyDatabase();
    await query(database.url, 'CREATE SCHEMA identity; CREATE TABLE identity.users (); CREATE TABLE public.secrets ()');
    await onPool({ url: database.url, schema: 'identity', applicationName, poolSize: 1 }, async (pool) => {
      await pool.query('SELECT * FROM users');
      await expect(pool.query('SELECT * FROM secrets')).rejects.toThrow('relation "secrets" does not exist');
    });
  });

  test('does not run a statement longer than it may', async () => {
    await using database = await emptyDatabase();
    const limits = { statementSeconds: 0.05 };
    await onPool({ url: database.url, applicationName, poolSize: 1, limits }, async (pool) => {
      await expect(pool.query('SELECT pg_sleep(60)')).rejects.toThrow('canceling statement due to statement timeout');
    });
  });
});

test('a pool that is empty says so within its limit', async () => {
  await using database = await emptyDatabase();
  const limits = { connectSeconds: 1 };
  await onPool({ url: database.url, applicationName, poolSize: 1, limits }, async (pool) => {
    const client = await pool.connect();
    await expect(pool.query('SELECT 1')).rejects.toThrow('timeout exceeded when trying to connect');
    client.release();
  });
});

test('a pool survives that its idle connections are closed', async () => {
  await using database = await emptyDatabase();
  const { promise: broken, resolve } = Promise.withResolvers<Error>();
  await onPool({ url: database.url, applicationName, poolSize: 1, onError: resolve }, async (pool) => {
    const { rows } = await pool.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    await query(database.url, 'SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
    expect((await broken).message).toContain('terminating connection');
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });
});

test('one connection is closed even when its work fails', async () => {
  await using database = await emptyDatabase();
  const name = 'short lived';
  const attempt = withClient({ url: database.url, applicationName: name }, (client) => client.query('SELECT nothing'));
  await expect(attempt).rejects.toThrow('column "nothing" does not exist');
  const sessions =
    'SELECT count(*)::int AS count FROM pg_stat_activity WHERE application_name = $1 AND datname = current_database()';
  expect(await query(database.url, sessions, [name])).toEqual([{ count: 0 }]);
});

test.each(['Identity', 'a b', "x'; DROP", '', '1a'])('%p is no schema name', (schema) => {
  expect(() => connectionSettings({ url: 'postgresql://h/d', schema, applicationName })).toThrow(
    'cannot be a schema name',
  );
});
