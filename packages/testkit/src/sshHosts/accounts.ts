import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { userInfo } from 'node:os';

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
 * Gives a process files of its own for /etc/passwd, shadow, group and sudoers, which nobody else sees (a private mount
 * namespace, mount_namespaces(7)): nothing about this machine is changed.
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
  const mounts = [
    await overlay(folder, '/etc/passwd', await added('/etc/passwd', passwd), 0o644),
    await overlay(folder, '/etc/shadow', await added('/etc/shadow', shadow), 0o600),
    await overlay(folder, '/etc/group', await added('/etc/group', group), 0o644),
    await overlay(folder, '/etc/sudoers', await added('/etc/sudoers', sudoers), 0o440),
  ];
  const script = [...mounts, 'exec "$@"'].join(' && ');
  return ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', script, 'sh', ...command];
}

async function added(path: string, lines: readonly string[]): Promise<string> {
  return `${(await readFile(path, 'utf8')).trimEnd()}\n${lines.join('\n')}\n`;
}

async function overlay(folder: string, path: string, content: string, mode: number): Promise<string> {
  const file = join(folder, path.replaceAll('/', '-').slice(1));
  await writeFile(file, content, { mode });
  return `mount --bind '${file}' '${path}'`;
}

function hashOf(password: string): string {
  return execFileSync('openssl', ['passwd', '-6', '-stdin'], { input: password, encoding: 'utf8' }).trim();
}
