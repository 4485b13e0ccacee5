import { chmod, mkdir, mkdtemp, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { StartupFault } from '@opsconductor/process';
import { faultOfFile } from '../fileFaults.ts';
import type { Account } from './account.ts';
import type { Binaries } from './binaries.ts';
import { faultOfProgram } from './failures.ts';
import { exitOf, readMessages } from './messages.ts';
import { OWNER, createPassword, findPassword, resetPassword, writePassword } from './password.ts';

export interface ClusterOptions {
  readonly directory: string;
  readonly binaries: Binaries;
  readonly account: Account;
  /** False leaves flushing to the operating system: for data that may be lost. */
  readonly durable: boolean;
  readonly onProgress: (sentence: string) => void;
}

/**
 * Makes sure that `directory` is a PostgreSQL data directory, and returns the password of its owner, which is kept in
 * `<directory>.password` (0600). A new one is made beside it and moved into place whole, so that being killed half-way
 * leaves nothing behind that looks like data. The caller holds the lock of the directory.
 */
export async function ensureCluster(options: ClusterOptions): Promise<string> {
  const { directory, account } = options;
  const passwordFile = `${directory}.password`;
  try {
    if (await isCluster(directory)) {
      await account.own(directory);
      // PostgreSQL wants it closed; copying it about opens it.
      await chmod(directory, 0o700);
      return (await findPassword(passwordFile)) ?? (await resetPassword(options, passwordFile));
    }
    await discardAttempts(directory);
    const password = createPassword();
    await writePassword(passwordFile, password);
    await createCluster(options, password);
    return password;
  } catch (error) {
    if (error instanceof StartupFault) throw error;
    throw faultOfFile(error, directory, 'use the data directory');
  }
}

async function isCluster(directory: string): Promise<boolean> {
  try {
    await stat(join(directory, 'PG_VERSION'));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const entries = await readdir(directory).catch(() => []);
  if (entries.length === 0) return false;
  throw new StartupFault(
    `The directory ${directory} is neither empty nor a PostgreSQL data directory. Move what is in it away, or choose ` +
      `another directory.`,
  );
}

async function createCluster(options: ClusterOptions, password: string): Promise<void> {
  const { directory, binaries, account, durable, onProgress } = options;
  onProgress(`Creating the database in ${directory}`);
  const attempt = await mkdtemp(attemptPrefix(directory));
  try {
    const data = join(attempt, 'data');
    const passwordFile = join(attempt, 'password');
    await mkdir(data, { mode: 0o700 });
    await writePassword(passwordFile, password);
    await account.own(attempt);
    const child = account.launch(binaries.initdb, initdbArguments(data, passwordFile, durable));
    const messages = readMessages(child);
    const exit = await exitOf(child);
    if (exit.code !== 0) throw faultOfProgram('initdb', directory, exit.error ? [exit.error.message] : messages);
    await rename(data, directory);
    if (durable) await flush(dirname(directory));
  } finally {
    await rm(attempt, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** One collation everywhere, whatever the machine's locale: indexes stay valid when the data moves or the C library changes. */
function initdbArguments(data: string, passwordFile: string, durable: boolean): string[] {
  const access = [`--username=${OWNER}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
  const text = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  return [`--pgdata=${data}`, ...access, ...text, '--no-instructions', ...(durable ? [] : ['--no-sync'])];
}

const attemptPrefix = (directory: string): string => `${directory}.initdb-`;

/** What a killed initdb left. It may be running still; without its directory it ends. */
async function discardAttempts(directory: string): Promise<void> {
  const prefix = basename(attemptPrefix(directory));
  for (const name of await readdir(dirname(directory))) {
    if (!name.startsWith(prefix)) continue;
    await rm(join(dirname(directory), name), { recursive: true, force: true, maxRetries: 5 });
  }
}

async function flush(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
