import { jest } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { withClient, withDatabase } from '@opsconductor/database';
import { SERVER_VARIABLE, createTestDatabase } from './testDatabase.ts';

jest.setTimeout(60_000); // it runs Jest and PostgreSQL once more

const applicationName = 'testDatabase.test';

async function onServer<Row extends object>(sql: string): Promise<Row[]> {
  const url = withDatabase(process.env[SERVER_VARIABLE] as string, 'postgres');
  return withClient({ url, applicationName }, async (client) => (await client.query<Row>(sql)).rows);
}

async function listDatabases(): Promise<string[]> {
  return (await onServer<{ name: string }>('SELECT datname AS name FROM pg_database')).map(({ name }) => name);
}

describe('a test database', () => {
  test('has the migrations of every domain, each in its schema', async () => {
    const database = await createTestDatabase();
    const schemas = await withClient({ url: database.url, applicationName }, async (client) => {
      const { rows } = await client.query<{ schema: string }>(
        "SELECT DISTINCT schemaname AS schema FROM pg_tables WHERE tablename <> '_prisma_migrations' ORDER BY 1",
      );
      return rows.map(({ schema }) => schema);
    });
    expect(schemas).toEqual(expect.arrayContaining(['assets', 'automation', 'communication', 'identity']));
    await database.drop();
  });

  test('is separate from every other, though made at the same time', async () => {
    const databases = await Promise.all(Array.from({ length: 4 }, createTestDatabase));
    expect(new Set(databases.map(({ name }) => name)).size).toBe(4);
    const [first, second] = databases as [(typeof databases)[0], (typeof databases)[0]];
    await withClient({ url: first.url, applicationName }, (client) => client.query('CREATE TABLE mark ()'));
    const { rows } = await withClient({ url: second.url, applicationName }, (client) =>
      client.query("SELECT to_regclass('mark') AS mark"),
    );
    expect(rows).toEqual([{ mark: null }]);
    await Promise.all(databases.map((database) => database.drop()));
  });

  test('is named after its test file and gone when dropped, connections and all', async () => {
    const database = await createTestDatabase();
    expect(database.name).toMatch(/^test_testdatabase_[0-9a-f]{12}$/);
    await withClient({ url: database.url, applicationName }, () => database.drop());
    expect(await listDatabases()).not.toContain(database.name);
  });
});

test('the database of a failed test file is kept, and named', async () => {
  const root = join(import.meta.dirname, '../../../..');
  const jestCli = createRequire(import.meta.url).resolve('jest/bin/jest');
  const options = ['--experimental-vm-modules', jestCli, '--testMatch', '**/testkit/test/failing.fixture.ts'];
  const { status, stderr } = spawnSync(process.execPath, options, { cwd: root, encoding: 'utf8' });
  expect(status).toBe(1);
  const [, name] =
    /Kept the database (kept_failing_fixture_\w+) of the failed test .*failing\.fixture\.ts/.exec(stderr) ?? [];
  expect(await listDatabases()).toContain(name);
  await onServer(`DROP DATABASE ${name}`);
});

test('outside a test run it brings its own server, which ends with the last database', () => {
  const script = `
    import { createTestDatabase } from '@opsconductor/testkit';
    const databases = await Promise.all([createTestDatabase(), createTestDatabase()]);
    for (const database of databases) await database.drop();
    console.log(databases.length + ' dropped');`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: join(import.meta.dirname, '../..'),
    env: { ...process.env, [SERVER_VARIABLE]: '' },
    encoding: 'utf8',
  });
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '2 dropped\n', stderr: '' });
});
