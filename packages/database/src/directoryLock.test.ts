import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../test/directories.ts';
import { NOBODY, canRunAsNobody } from '../test/ordinaryUser.ts';
import { runScript } from '../test/subprocess.ts';
import { DirectoryInUse, lockDirectory } from './directoryLock.ts';

const asNobody = canRunAsNobody ? test : test.skip;

describe('the lock of a directory', () => {
  test('is held by one process; the next is told which', async () => {
    await using parent = await temporaryDirectory();
    const directory = join(parent.path, 'data');
    const holder = runScript('holdLock.ts', [directory]);
    expect(await holder.nextLine()).toBe('locked');
    expect(() => lockDirectory(directory)).toThrow(DirectoryInUse);
    expect(() => lockDirectory(directory)).toThrow(`is in use by process ${holder.pid}. Stop that process first`);
    await holder.killHard();
  });

  test('is free at once when its holder was killed', async () => {
    await using parent = await temporaryDirectory();
    const directory = join(parent.path, 'data');
    const holder = runScript('holdLock.ts', [directory]);
    await holder.nextLine();
    await holder.killHard();
    lockDirectory(directory).release();
  });

  test('does not believe the process id that a dead holder left', async () => {
    await using parent = await temporaryDirectory();
    const directory = join(parent.path, 'data');
    await writeFile(`${directory}.pid`, `${process.ppid}\n`);
    lockDirectory(directory).release();
  });

  test('holds within one process too, until it is released', async () => {
    await using parent = await temporaryDirectory();
    const directory = join(parent.path, 'data');
    const lock = lockDirectory(directory);
    expect(() => lockDirectory(directory)).toThrow(`is in use by process ${process.pid}`);
    expect(() => lockDirectory(directory)).toThrow(DirectoryInUse); // refusing does not let go of it
    lock.release();
    lock.release();
    lockDirectory(directory).release();
    expect(existsSync(`${directory}.pid`)).toBe(false);
  });

  test('is one however the directory is spelled', async () => {
    await using parent = await temporaryDirectory();
    const directory = join(parent.path, 'data');
    await mkdir(directory);
    await symlink(directory, join(parent.path, 'link'));
    const lock = lockDirectory(join(parent.path, 'link'));
    expect(lock.directory).toBe(directory);
    expect(() => lockDirectory(`${parent.path}/./data/`)).toThrow(DirectoryInUse);
    lock.release();
  });

  test('is held whoever forgets it: the garbage collector does not let go of it', async () => {
    await using parent = await temporaryDirectory();
    const directory = join(parent.path, 'data');
    const holder = runScript('forgetLock.ts', [directory]);
    expect(await holder.nextLine()).toBe('collected');
    expect(() => lockDirectory(directory)).toThrow(DirectoryInUse);
    await holder.killHard();
  });

  test('of concurrent processes exactly one gets it', async () => {
    await using parent = await temporaryDirectory();
    const directory = join(parent.path, 'data');
    const processes = Array.from({ length: 5 }, () => runScript('holdLock.ts', [directory]));
    const lines = await Promise.all(processes.map((one) => one.nextLine()));
    expect(lines.filter((line) => line === 'locked')).toHaveLength(1);
    expect(lines.filter((line) => line.includes('is in use by'))).toHaveLength(4);
    await Promise.all(processes.map((one) => one.killHard()));
  });

  test('says so when a file stands where a directory is needed', async () => {
    await using parent = await temporaryDirectory();
    await writeFile(join(parent.path, 'file'), '');
    expect(() => lockDirectory(join(parent.path, 'file', 'data'))).toThrow(
      /there is a file where a directory is needed/,
    );
  });

  asNobody('says who lacks permission, and where', async () => {
    await using parent = await temporaryDirectory();
    await chmod(parent.path, 0o755);
    const holder = runScript('holdLock.ts', [join(parent.path, 'data')], NOBODY);
    expect(await holder.nextLine()).toMatch(
      /^Cannot lock .*data\.lock: the user .*\(uid 65534\) has no permission there/,
    );
  });
});
