import { mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StartupFault } from '@opsconductor/process';
import { faultOfFile } from './fileFaults.ts';

const SQLITE_BUSY = 5;

/** What is held. Without a reference the garbage collector would close a file, and the lock would be gone with it. */
const locks = new Set<DatabaseSync>();

/** Another live process owns the directory. */
export class DirectoryInUse extends StartupFault {}

/** Held until `release` is called or the process ends, however it ends. */
export interface DirectoryLock {
  /** The locked directory with all symbolic links resolved. It need not exist. */
  readonly directory: string;
  readonly release: () => void;
}

/**
 * Makes this process the only owner of a directory. Creates missing parents, `<directory>.lock` (which stays; removing it
 * would let two processes lock two files of one name) and `<directory>.pid`, which names the holder for people.
 *
 * The lock is the operating system's, taken through SQLite as Node has no call for it. So the kernel drops it when the
 * holder dies, a reused process id means nothing, and containers that share the volume see it too.
 * @throws DirectoryInUse naming the process that holds it
 * @throws StartupFault saying why the files cannot be written
 */
export function lockDirectory(directory: string): DirectoryLock {
  const real = realDirectory(directory);
  const pidFile = `${real}.pid`;
  const lock = openLock(real, pidFile);
  try {
    writeFileSync(pidFile, `${process.pid}\n`);
  } catch (error) {
    close(lock);
    throw faultOfFile(error, pidFile, 'write');
  }
  let held = true;
  const release = (): void => {
    if (!held) return;
    held = false;
    rmSync(pidFile, { force: true });
    close(lock);
  };
  return { directory: real, release };
}

function openLock(directory: string, pidFile: string): DatabaseSync {
  const path = `${directory}.lock`;
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(path);
    // Nothing is ever written, so the file stays empty and needs no journal beside it; EXCLUSIVE is what locks it.
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    locks.add(lock);
    return lock;
  } catch (error) {
    lock?.close();
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) throw heldBy(directory, pidFile, error);
    throw faultOfFile(systemErrorOf(path) ?? error, path, 'lock');
  }
}

function close(lock: DatabaseSync): void {
  locks.delete(lock);
  lock.close();
}

/** SQLite says only that it cannot open the file; a file beside it fails for the reason the operating system gives. */
function systemErrorOf(path: string): unknown {
  const probe = `${path}.${process.pid}`;
  try {
    writeFileSync(probe, '');
    rmSync(probe);
    return undefined;
  } catch (error) {
    return error;
  }
}

function heldBy(directory: string, pidFile: string, cause: unknown): DirectoryInUse {
  let holder = 'another process';
  try {
    holder = `process ${readFileSync(pidFile, 'utf8').trim()}`;
  } catch {
    // The holder is between taking the lock and writing its id.
  }
  return new DirectoryInUse(
    `The directory ${directory} is in use by ${holder}. Stop that process first, or choose another directory.`,
    { cause },
  );
}

function realDirectory(directory: string): string {
  const path = resolve(directory);
  try {
    return realpathSync(path);
  } catch {
    // It does not exist yet: its parent decides.
  }
  try {
    mkdirSync(dirname(path), { recursive: true });
    return join(realpathSync(dirname(path)), basename(path));
  } catch (error) {
    throw faultOfFile(error, dirname(path), 'create the directory');
  }
}
