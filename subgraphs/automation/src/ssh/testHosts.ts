import { execFileSync } from 'node:child_process';
import { hasOpenSsh, startOpenSshHost, startSshHost } from '@opsconductor/testkit';
import type { TestHost } from '@opsconductor/testkit';
import { Secret } from '@opsconductor/vault';
import type { CommandOptions, RunningCommand } from './command.ts';
import { connect } from './connection.ts';
import type { ConnectOptions, SshConnection, SshEndpoint } from './connection.ts';
import { parseNetworks } from './networks.ts';
import type { CommandResult } from './outcome.ts';
import type { Work } from './work.ts';

/** Every behaviour that does not depend on the server is tested on both: one suite, two kinds of hosts. */
export const hostKinds: [name: string, start: () => Promise<TestHost>][] = [
  ['the server of ssh2', () => startSshHost()],
  ...(hasOpenSsh ? [['OpenSSH', () => startOpenSshHost()] as [string, () => Promise<TestHost>]] : []),
];

/** For what only OpenSSH does; skipped, visibly, on a machine without it. */
export const describeOpenSsh = hasOpenSsh ? describe : describe.skip;

export const loopback = parseNetworks(['127.0.0.0/8']);

export function endpointOf({ address, port, username, privateKey }: TestHost): SshEndpoint {
  return { address, port, username, authentication: { kind: 'privateKey', privateKey: Secret.from(privateKey) } };
}

/** Connects with the right credential, to whoever is there, unless told otherwise. */
export function connectTo(
  host: TestHost,
  endpoint: Partial<SshEndpoint> = {},
  options: Partial<ConnectOptions> = {},
): Promise<SshConnection> {
  return connect(
    { ...endpointOf(host), ...endpoint },
    { allowedNetworks: loopback, verifyHostKey: async () => 'accepted', ...options },
  );
}

export interface Collected {
  readonly stdout: string;
  readonly stderr: string;
  readonly chunks: number;
  readonly result: CommandResult;
}

let commands = 0;

/** What a command needs, with a marker of its own. */
export function commandOptions(options: Partial<CommandOptions> = {}): CommandOptions {
  commands += 1;
  return { marker: `test-${process.pid}-${commands}`, wallTimeSeconds: 30, graceSeconds: 0.5, ...options };
}

/** Runs a command to its end. */
export async function run(
  connection: SshConnection,
  work: string | Work,
  options: Partial<CommandOptions> = {},
): Promise<Collected> {
  return collect(connection.run(work, commandOptions(options)));
}

/** @param onText called with all of standard output so far, after every chunk */
export async function collect(command: RunningCommand, onText?: (stdout: string) => void): Promise<Collected> {
  const text = { STDOUT: '', STDERR: '' };
  let chunks = 0;
  for await (const chunk of command) {
    chunks += 1;
    text[chunk.stream] += chunk.text;
    onText?.(text.STDOUT);
  }
  return { stdout: text.STDOUT, stderr: text.STDERR, chunks, result: await command.result };
}

/** Whether a process does anything still; one that only waits for its parent does not. */
export function isRunning(processId: number): boolean {
  try {
    const state = execFileSync('ps', ['-o', 'stat=', '-p', String(processId)], { encoding: 'utf8' }).trim();
    return state !== '' && !state.startsWith('Z');
  } catch {
    return false;
  }
}
