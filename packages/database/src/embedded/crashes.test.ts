import { jest } from '@jest/globals';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '../../test/directories.ts';
import { query } from '../../test/sessions.ts';
import { runScript } from '../../test/subprocess.ts';
import { createPool } from '../connections/pool.ts';
import { startEmbeddedPostgres } from './embeddedPostgres.ts';

jest.setTimeout(60_000); // making a database takes seconds on a busy machine

const settings = { fsync: 'off' };

async function isRunning(pid: number): Promise<boolean> {
  // A killed process whose parent does not collect it stays as a zombie.
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z');
  return !status.includes(') Z');
}

test('the PostgreSQL of a killed process is stopped and its data are used', async () => {
  await using parent = await temporaryDirectory();
  const directory = join(parent.path, 'data');
  const owner = runScript('runServer.ts', [directory]);
  await owner.nextLine();
  const orphan = JSON.parse(await owner.nextLine()) as { pid: number; url: string };
  const pool = createPool({ url: orphan.url, applicationName: 'crashes', poolSize: 1 });
  await pool.query('CREATE TABLE kept AS SELECT 1 AS one');
  await owner.killHard();
  expect(await isRunning(orphan.pid)).toBe(true);

  const server = await startEmbeddedPostgres({ directory, settings });
  expect(await isRunning(orphan.pid)).toBe(false);
  expect(await query(server.url, 'SELECT one FROM kept')).toEqual([{ one: 1 }]);
  await server.stop();
  await pool.end();
});

test('the sessions of a killed PostgreSQL, working still, do not stop the next start', async () => {
  await using parent = await temporaryDirectory();
  const directory = join(parent.path, 'data');
  const owner = runScript('runServer.ts', [directory]);
  await owner.nextLine();
  const orphan = JSON.parse(await owner.nextLine()) as { pid: number; url: string };
  const pool = createPool({ url: orphan.url, applicationName: 'crashes', poolSize: 1 });
  const busy = pool.query('SELECT count(*) FROM generate_series(1, 1000000000)').catch((error: Error) => error);
  await query(orphan.url, 'CREATE TABLE kept AS SELECT 1 AS one');
  await owner.killHard();
  process.kill(orphan.pid, 'SIGKILL');

  const server = await startEmbeddedPostgres({ directory, settings });
  expect(await busy).toBeInstanceOf(Error);
  expect(await query(server.url, 'SELECT one FROM kept')).toEqual([{ one: 1 }]);
  await server.stop();
  await pool.end();
});

test('a process id in postmaster.pid that belongs to a stranger now is not believed', async () => {
  await using parent = await temporaryDirectory();
  const directory = join(parent.path, 'data');
  const stranger = runScript('holdLock.ts', [join(parent.path, 'something')]);
  await stranger.nextLine();
  await (await startEmbeddedPostgres({ directory, settings })).stop();
  await writeFile(
    join(directory, 'postmaster.pid'),
    `${stranger.pid}\n${directory}\n1\n5432\n\n127.0.0.1\n1 1\nready\n`,
  );
  const server = await startEmbeddedPostgres({ directory, settings });
  expect(await isRunning(stranger.pid)).toBe(true);
  await server.stop();
  await stranger.killHard();
});

test('being killed while the database is made leaves nothing in the way', async () => {
  await using parent = await temporaryDirectory();
  const directory = join(parent.path, 'data');
  const owner = runScript('runServer.ts', [directory]);
  expect(await owner.nextLine()).toMatch(/^Creating the database/);
  await owner.killHard();
  expect(await readdir(parent.path)).not.toContain('data');

  const server = await startEmbeddedPostgres({ directory, settings });
  expect(await query(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  await server.stop();
  expect((await readdir(parent.path)).sort()).toEqual(['data', 'data.lock', 'data.password']);
});

describe('a PostgreSQL that is killed', () => {
  test('comes back by itself at the same URL with everything acknowledged', async () => {
    await using parent = await temporaryDirectory();
    const { promise: restarted, resolve } = Promise.withResolvers<number>();
    const exits: (string | null)[] = [];
    const server = await startEmbeddedPostgres({
      directory: join(parent.path, 'data'),
      onExit: ({ signal }) => exits.push(signal),
      onRestart: resolve,
    });
    const pool = createPool({ url: server.url, applicationName: 'crashes', poolSize: 3 });
    await pool.query('CREATE TABLE kept AS SELECT 1 AS one');
    const first = server.pid;
    process.kill(first, 'SIGKILL');
    expect(await restarted).toBe(server.pid);
    expect(server.pid).not.toBe(first);
    expect(exits).toEqual(['SIGKILL']);
    expect((await pool.query('SELECT one FROM kept')).rows).toEqual([{ one: 1 }]);
    await pool.end();
    await server.stop();
  });

  test('can be stopped while it is coming back', async () => {
    await using parent = await temporaryDirectory();
    const directory = join(parent.path, 'data');
    const { promise: exited, resolve } = Promise.withResolvers<unknown>();
    const server = await startEmbeddedPostgres({ directory, settings, onExit: resolve });
    process.kill(server.pid, 'SIGKILL');
    await exited;
    await server.stop();
    expect(await readdir(directory)).not.toContain('postmaster.pid');
    await (await startEmbeddedPostgres({ directory, settings })).stop();
  });
});
