/** The usual ways to run a command on many hosts, each around a process of OpenSSH's client for each host. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { FanOut } from './product.ts';

export interface OpenSshClients extends AsyncDisposable {
  /** A command line for `/bin/sh` that prints the output of each target; null when there is no such program. */
  readonly xargs: string | null;
  readonly pssh: string | null;
}

/** Writes what the clients need into a folder: a configuration, pinned host keys, the credential, lists of hosts. */
export async function prepareOpenSshClients(fanOut: FanOut): Promise<OpenSshClients> {
  const { hosts, privateKey, concurrency, command } = fanOut;
  const folder = await mkdtemp(join(tmpdir(), 'bench-ssh-'));
  const write = async (name: string, lines: readonly string[], mode = 0o600): Promise<string> => {
    await writeFile(join(folder, name), lines.map((line) => `${line}\n`).join(''), { mode });
    return join(folder, name);
  };
  const key = await write('key', [privateKey]);
  const knownHosts = await write(
    'known_hosts',
    hosts.map(({ port, hostKey }) => `[127.0.0.1]:${port} ${hostKey.algorithm} ${hostKey.publicKey}`),
  );
  const config = await write('config', configOf(fanOut.username, key, knownHosts));
  const ports = await write(
    'ports',
    hosts.map(({ port }) => String(port)),
  );
  const addresses = await write(
    'addresses',
    hosts.map(({ port }) => `127.0.0.1:${port}`),
  );
  const hasClients = findProgram('ssh') !== undefined;
  const xargs = hasClients && findProgram('xargs');
  const pssh = hasClients && (findProgram('parallel-ssh') ?? findProgram('pssh'));
  return {
    xargs: xargs ? `${xargs} -P ${concurrency} -I{} ssh -F ${config} -p {} 127.0.0.1 ${command} <${ports}` : null,
    pssh: pssh ? `${pssh} -h ${addresses} -p ${concurrency} -t 0 -i -x '-F ${config}' ${command}` : null,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

/** Key exchange by curve25519 alone: what newer clients prefer, with a post-quantum part, costs several times more. */
function configOf(username: string, key: string, knownHosts: string): string[] {
  return [
    'Host *',
    `User ${username}`,
    `IdentityFile ${key}`,
    'IdentitiesOnly yes',
    'PreferredAuthentications publickey',
    `UserKnownHostsFile ${knownHosts}`,
    'GlobalKnownHostsFile /dev/null',
    'StrictHostKeyChecking yes',
    'KexAlgorithms curve25519-sha256',
    'HostKeyAlgorithms ssh-ed25519',
    'BatchMode yes',
    'ControlMaster no',
    'LogLevel ERROR',
  ];
}

function findProgram(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}
