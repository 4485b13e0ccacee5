import { jest } from '@jest/globals';
import { once } from 'node:events';
import { mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { temporaryDirectory } from '../../test/directories.ts';
import { query } from '../../test/sessions.ts';
import { DirectoryInUse } from '../directoryLock.ts';
import { StartupFault } from '@opsconductor/process';
import { startEmbeddedPostgres } from './embeddedPostgres.ts';
import type { EmbeddedPostgres } from './embeddedPostgres.ts';

jest.setTimeout(60_000); // making a database takes seconds on a busy machine

const settings = { fsync: 'off' };

test('the first start makes a database, the second finds it, in well under 1.5 s', async () => {
  await using parent = await temporaryDirectory();
  const directory = join(parent.path, 'not', 'there', 'yet');
  const sentences: string[] = [];
  const first = await startEmbeddedPostgres({ directory, settings, onProgress: (text) => sentences.push(text) });
  await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
  await first.stop();
  expect(sentences).toEqual([`Creating the database in ${directory}`]);

  const startedAt = performance.now();
  const second = await startEmbeddedPostgres({ directory, settings, onProgress: (text) => sentences.push(text) });
  expect(performance.now() - startedAt).toBeLessThan(1_500);
  expect(await query(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  await second.stop();
  expect(sentences).toHaveLength(1);
});

describe('a running embedded PostgreSQL', () => {
  let parent: Awaited<ReturnType<typeof temporaryDirectory>>;
  let directory: string;
  let server: EmbeddedPostgres;

  beforeAll(async () => {
    parent = await temporaryDirectory();
    directory = join(parent.path, 'data');
    server = await startEmbeddedPostgres({ directory, settings: { ...settings, work_mem: '7MB' } });
  });

  afterAll(async () => {
    await server.stop();
    await parent[Symbol.asyncDispose]();
  });

  test('is what the platform relies on', async () => {
    const [row] = await query<Record<string, string>>(
      server.url,
      `SELECT current_database() AS database, current_user AS user, current_setting('TimeZone') AS zone,
              current_setting('server_encoding') AS encoding, current_setting('max_connections') AS connections,
              current_setting('listen_addresses') AS addresses, current_setting('password_encryption') AS passwords,
              current_setting('work_mem') AS memory, upper('straße é') AS upper`,
    );
    expect(row).toEqual({
      database: 'opsconductor',
      user: 'opsconductor',
      zone: 'UTC',
      encoding: 'UTF8',
      connections: '200',
      addresses: '127.0.0.1',
      passwords: 'scram-sha-256',
      memory: '7MB',
      upper: 'STRAßE É',
    });
  });

  test('lets nobody in without the password, which only its owner can read', async () => {
    const wrong = new URL(server.url);
    wrong.password = 'guess';
    await expect(query(wrong.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    const { mode } = await stat(`${directory}.password`);
    expect(mode & 0o777).toBe(0o600);
    expect(server.url).toContain((await readFile(`${directory}.password`, 'utf8')).trim());
  });

  test('owns its directory: a second start is told by whom it is held', async () => {
    const second = startEmbeddedPostgres({ directory, settings });
    await expect(second).rejects.toThrow(DirectoryInUse);
    await expect(second).rejects.toThrow(`process ${process.pid}`);
    expect(await query(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  test('gives everything free when stopped, however often (last, as it stops the server)', async () => {
    await Promise.all([server.stop(), server.stop()]);
    await server.stop();
    expect(() => process.kill(server.pid, 0)).toThrow('ESRCH');
    expect((await readdir(parent.path)).sort()).toEqual(['data', 'data.lock', 'data.password']);
  });
});

describe('a start that cannot be', () => {
  test('names the port that is taken', async () => {
    await using parent = await temporaryDirectory();
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const start = startEmbeddedPostgres({ directory: join(parent.path, 'data'), settings, port });
    await expect(start).rejects.toThrow(`Port ${port} of 127.0.0.1: PostgreSQL failed`);
    await expect(start).rejects.toThrow('Stop what listens there, or choose another port.');
    other.close();
  });

  test('touches no directory that holds something else', async () => {
    await using parent = await temporaryDirectory();
    const directory = join(parent.path, 'data');
    await mkdir(directory);
    await writeFile(join(directory, 'thesis.txt'), 'mine');
    const start = startEmbeddedPostgres({ directory, settings });
    await expect(start).rejects.toThrow('is neither empty nor a PostgreSQL data directory');
    expect(await readdir(directory)).toEqual(['thesis.txt']);
  });

  test('names the setting that PostgreSQL refuses, and data of another version', async () => {
    await using parent = await temporaryDirectory();
    const directory = join(parent.path, 'data');
    const start = startEmbeddedPostgres({ directory, settings: { ...settings, work_mem: 'lots' } });
    await expect(start).rejects.toThrow(StartupFault);
    await expect(start).rejects.toThrow(/invalid value for parameter "work_mem"/);
    await writeFile(join(directory, 'PG_VERSION'), '12\n');
    await expect(startEmbeddedPostgres({ directory, settings })).rejects.toThrow(
      /written by another version of PostgreSQL/,
    );
  });

  test('says what to do when PostgreSQL is not there', async () => {
    await using parent = await temporaryDirectory();
    const start = startEmbeddedPostgres({ directory: join(parent.path, 'data'), binaries: join(parent.path, 'empty') });
    await expect(start).rejects.toThrow(/^Cannot find .*empty\/bin\/initdb/);
  });
});

test('a data directory whose password file is lost gets a new password', async () => {
  await using parent = await temporaryDirectory();
  const directory = join(parent.path, 'data');
  const first = await startEmbeddedPostgres({ directory, settings });
  await query(first.url, 'CREATE TABLE kept ()');
  await first.stop();
  await rm(`${directory}.password`);
  const second = await startEmbeddedPostgres({ directory, settings });
  expect(new URL(second.url).password).not.toBe(new URL(first.url).password);
  expect(await query(second.url, "SELECT to_regclass('kept')::text AS name")).toEqual([{ name: 'kept' }]);
  await second.stop();
});
