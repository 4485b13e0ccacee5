import { existsSync, mkdirSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { withAccounts } from './accounts.ts';
import type { HostAccount } from './accounts.ts';
import type { TestHost } from './host.ts';
import { generateKeyPair, publicHostKeyOf } from './keys.ts';
import { findFreePort } from '../ports.ts';
import { descendantsOf } from './processTree.ts';
import { SshDaemon } from './sshDaemon.ts';

export interface OpenSshHostOptions {
  /** Lines of sshd_config, instead of what is set here. */
  readonly config?: readonly string[];
  /** Private host keys in PEM beside the Ed25519 one. */
  readonly otherHostKeys?: readonly string[];
  /** Accounts of the host beside the user of this process; see {@link canHaveAccounts}. All take the same key. */
  readonly accounts?: readonly HostAccount[];
}

/** A host that is a real OpenSSH server. Its account is the user of this process. */
export interface OpenSshHost extends TestHost {
  /** Resolves with the first line that the server has logged or will log (at VERBOSE) that matches. */
  logged(pattern: RegExp): Promise<string>;
  /** Ids of the server's processes for connections that are open. */
  sessions(): readonly number[];
}

const SSHD = ['/usr/sbin/sshd', '/usr/local/sbin/sshd', '/usr/bin/sshd'].find((path) => existsSync(path));

/** Whether this machine has an OpenSSH server (Debian: openssh-server). */
export const hasOpenSsh = SSHD !== undefined;

/** @throws Error when this machine has no OpenSSH server, or it does not start */
export async function startOpenSshHost(options: OpenSshHostOptions = {}): Promise<OpenSshHost> {
  if (!SSHD) throw new Error('There is no sshd on this machine: install openssh-server');
  const folder = await mkdtemp(join(tmpdir(), 'sshd-'));
  const client = generateKeyPair();
  let hostKey = generateKeyPair();
  const port = await findFreePort();
  const config = join(folder, 'sshd_config');
  const hostKeyFile = join(folder, 'host_key');
  const otherHostKeyFiles = (options.otherHostKeys ?? []).map((_key, index) => join(folder, `host_key_${index}`));
  await writeFile(hostKeyFile, hostKey.privateKey, { mode: 0o600 });
  for (const [index, file] of otherHostKeyFiles.entries())
    await writeFile(file, options.otherHostKeys?.[index] ?? '', { mode: 0o600 });
  await writeFile(join(folder, 'authorized_keys'), `${client.publicLine}\n`);
  // Other accounts read it, too.
  await chmod(folder, 0o711);
  await writeFile(config, configOf(folder, port, [hostKeyFile, ...otherHostKeyFiles], options.config ?? []));
  // Where sshd locks itself in before authentication; only root's sshd does, and only a service makes it.
  if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true });

  const command = [SSHD, '-D', '-e', '-f', config];
  const daemon = new SshDaemon(options.accounts ? await withAccounts(folder, options.accounts, command) : command);
  try {
    await daemon.listening();
  } catch (error) {
    await rm(folder, { recursive: true });
    throw error;
  }
  const sessions = () => descendantsOf(daemon.processId).filter(({ name }) => name.startsWith('sshd'));
  return {
    address: '127.0.0.1',
    port,
    username: userInfo().username,
    privateKey: client.privateKey,
    get hostKey() {
      return publicHostKeyOf(hostKey);
    },
    authenticationAttempts: () => daemon.count(/^(?:Accepted|Failed|Postponed) \S+ for /),
    logged: (pattern) => daemon.logged(pattern),
    sessions: () => sessions().map(({ id }) => id),
    async replaceHostKey() {
      hostKey = generateKeyPair();
      await writeFile(hostKeyFile, hostKey.privateKey);
      await daemon.reload();
    },
    dropConnections() {
      for (const { id } of sessions()) kill(id);
    },
    async stop() {
      for (const { id } of descendantsOf(daemon.processId)) kill(id);
      await daemon.stop();
      await rm(folder, { recursive: true });
    },
  };
}

function configOf(folder: string, port: number, hostKeyFiles: readonly string[], own: readonly string[]): string {
  const keywordOf = (line: string) => line.split(' ', 1).join('').toLowerCase();
  const chosen = new Set(own.map(keywordOf));
  const defaults = [
    'ListenAddress 127.0.0.1',
    `Port ${port}`,
    `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
    'PidFile none',
    'StrictModes no',
    'UsePAM no',
    'PermitRootLogin yes',
    'PasswordAuthentication yes',
    'KbdInteractiveAuthentication no',
    'MaxStartups 200',
    'UseDNS no',
    'Subsystem sftp internal-sftp',
    // Not DEBUG: sshd would write that into the standard error of commands, too.
    'LogLevel VERBOSE',
  ].filter((line) => !chosen.has(keywordOf(line)));
  return [...own, ...hostKeyFiles.map((file) => `HostKey ${file}`), ...defaults, ''].join('\n');
}

function kill(id: number): void {
  try {
    process.kill(id, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
