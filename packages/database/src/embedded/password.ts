import { randomBytes } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import type { ClusterOptions } from './cluster.ts';
import { faultOfProgram } from './failures.ts';
import { exitOf, readMessages } from './messages.ts';

/** The superuser of the embedded PostgreSQL, and the name of its one database. */
export const OWNER = 'opsconductor';

/** 256 random bits in letters that need no escaping, neither in a URL nor in SQL. */
export function createPassword(): string {
  return randomBytes(32).toString('base64url');
}

/** The kept password, or undefined when there is no such file. */
export async function findPassword(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim() || undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Replaces the file in one step; only its owner can read it. */
export async function writePassword(path: string, password: string): Promise<void> {
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    await file.writeFile(`${password}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}

/**
 * A data directory without its password file (a partial restore) must not lock its owner out: whoever may write the
 * files may set a new password in PostgreSQL's single-user mode. No server may be running on the directory.
 */
export async function resetPassword(options: ClusterOptions, path: string): Promise<string> {
  const { directory, binaries, account, onProgress } = options;
  onProgress(`Setting a new database password, as ${path} is missing`);
  const password = createPassword();
  const child = account.launch(binaries.postgres, ['--single', '-D', directory, '-c', 'exit_on_error=on', 'postgres']);
  const messages = readMessages(child);
  const exited = exitOf(child);
  child.stdin?.on('error', () => {}); // it ended before reading; its exit says why
  child.stdin?.end(`ALTER ROLE ${OWNER} PASSWORD '${password}'\n`);
  const exit = await exited;
  if (exit.code !== 0) throw faultOfProgram('postgres', directory, exit.error ? [exit.error.message] : messages);
  await writePassword(path, password);
  return password;
}
