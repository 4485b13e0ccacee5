import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { userInfo } from 'node:os';
import { promisify } from 'node:util';

/** An account that exists on one test host only. */
export interface HostAccount {
  readonly username: string;
  readonly password: string;
  /** What sudo lets it do: anything, after its password or without. Default: nothing. */
  readonly sudo?: 'withPassword' | 'withoutPassword';
}

/** Whether hosts of this machine can have accounts of their own: that takes root, and mount namespaces. */
export const canHaveAccounts =
  userInfo().uid === 0 &&
  existsSync('/usr/bin/sudo') &&
  spawnSync('unshare', ['--mount', '--propagation', 'private', 'true']).status === 0;

const FIRST_ID = 64_000;

/**
 * Gives a process a copy of /etc with these accounts, which nobody else sees (a private mount namespace,
 * mount_namespaces(7)): what it changes there, nothing of this machine is changed by.
 *
 * @param folder of the host, readable for the accounts; their homes are in it
 * @param command is run with these accounts
 * @returns the command line that does that
 */
export async function withAccounts(
  folder: string,
  accounts: readonly HostAccount[],
  command: readonly string[],
): Promise<string[]> {
  const [passwd, shadow, group] = [[] as string[], [] as string[], [] as string[]];
  for (const [index, { username, password }] of accounts.entries()) {
    const id = FIRST_ID + index;
    const home = join(folder, `home-${username}`);
    await mkdir(home);
    await chown(home, id, id);
    passwd.push(`${username}:x:${id}:${id}::${home}:/bin/sh`);
    shadow.push(`${username}:${hashOf(password)}:20000:0:99999:7:::`);
    group.push(`${username}:x:${id}:`);
  }
  const sudoers = accounts.flatMap(({ username, sudo }) =>
    sudo ? [`${username} ALL=(ALL:ALL) ${sudo === 'withoutPassword' ? 'NOPASSWD: ' : ''}ALL`] : [],
  );
  const etc = join(folder, 'etc');
  await promisify(execFile)('cp', ['-a', '/etc', etc]);
  await add(join(etc, 'passwd'), passwd);
  await add(join(etc, 'shadow'), shadow);
  await add(join(etc, 'group'), group);
  await add(join(etc, 'sudoers'), sudoers);
  const script = `mount --bind '${etc}' /etc && exec "$@"`;
  return ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', script, 'sh', ...command];
}

async function add(file: string, lines: readonly string[]): Promise<void> {
  await appendFile(file, `\n${lines.map((line) => `${line}\n`).join('')}`);
}

function hashOf(password: string): string {
  return execFileSync('openssl', ['passwd', '-6', '-stdin'], { input: password, encoding: 'utf8' }).trim();
}
