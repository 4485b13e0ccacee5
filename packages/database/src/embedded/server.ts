import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { Account } from './account.ts';
import { StartupFault } from '@opsconductor/process';
import { faultOfProgram, isPortTaken } from './failures.ts';
import { exitOf, readMessages } from './messages.ts';
import type { Exit } from './messages.ts';

/** Recovery after a crash reads the whole log since the last checkpoint: minutes on a slow disk. */
const START_LIMIT_MS = 300_000;
const FAST_STOP_LIMIT_MS = 30_000;
const IMMEDIATE_STOP_LIMIT_MS = 5_000;
const PORT_ATTEMPTS = 10;

export interface ServerOptions {
  readonly directory: string;
  readonly postgres: string;
  readonly account: Account;
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  readonly onProgress: (sentence: string) => void;
  readonly onMessage: (line: string) => void;
}

/** One running PostgreSQL server process. */
export interface Server {
  readonly pid: number;
  readonly port: number;
  /** Resolves when the process has ended, for whatever reason. */
  readonly exited: Promise<Exit>;
  /** Ends all sessions, writes everything and exits; forcefully when that takes too long. Safe to repeat. */
  readonly stop: () => Promise<void>;
  /** Asks it to stop without waiting: all that can be done while this process exits. */
  readonly abandon: () => void;
}

/** Settings that the platform relies on. Those of the caller come after them. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: 200,
  password_encryption: 'scram-sha-256',
  timezone: 'UTC',
  log_timezone: 'UTC',
  lc_messages: 'C',
  logging_collector: 'off',
  log_destination: 'stderr',
  log_line_prefix: '',
  // An error is its client's to report. Here it could carry a value of a statement into the log.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
} as const;

/** Starts the server on a port nobody uses. Resolves when it answers. */
export async function startServerOnFreePort(options: ServerOptions): Promise<Server> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startServer(options, await findFreePort());
    } catch (error) {
      // Another process may take the port between our look and PostgreSQL's.
      if (!(error instanceof PortTaken) || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

/** The port that PostgreSQL should listen on is taken. */
export class PortTaken extends StartupFault {}

/** Starts the server on the given port. Resolves when it answers; rejects with a StartupFault when it ends or takes minutes. */
export async function startServer(options: ServerOptions, port: number): Promise<Server> {
  const { directory, postgres, account, settings, onProgress, onMessage } = options;
  const child = account.launch(postgres, ['-D', directory, ...settingArguments({ ...SETTINGS, ...settings, port })]);
  const exited = exitOf(child);
  let seeReady = (): void => {};
  const ready = new Promise<'ready'>((resolve) => (seeReady = () => resolve('ready')));
  const messages = readMessages(child, (line) => {
    if (line.includes('is ready to accept connections')) seeReady();
    if (line.includes('automatic recovery in progress')) onProgress('Recovering the database after an unclean stop');
    onMessage(line);
  });
  const signal = (name: NodeJS.Signals): void => void child.kill(name);
  const outcome = await within(START_LIMIT_MS, Promise.race([ready, exited]));
  if (outcome === 'ready') {
    const stop = (): Promise<void> => stopServer(signal, exited);
    return { pid: child.pid as number, port, exited, stop, abandon: () => signal('SIGINT') };
  }
  if (outcome === 'late') {
    signal('SIGKILL');
    throw new StartupFault(
      `PostgreSQL did not start on ${directory} within ${START_LIMIT_MS / 60_000} minutes. Look at its disk.`,
    );
  }
  const lines = outcome.error ? [outcome.error.message] : messages;
  const fault = faultOfProgram('PostgreSQL', directory, lines);
  throw isPortTaken(lines)
    ? new PortTaken(`Port ${port} of 127.0.0.1: ${fault.message}`, { cause: fault.cause })
    : fault;
}

async function stopServer(signal: (name: NodeJS.Signals) => void, exited: Promise<Exit>): Promise<void> {
  signal('SIGINT');
  if ((await within(FAST_STOP_LIMIT_MS, exited)) !== 'late') return;
  signal('SIGQUIT');
  if ((await within(IMMEDIATE_STOP_LIMIT_MS, exited)) !== 'late') return;
  signal('SIGKILL');
  await exited;
}

async function within<T>(limitMs: number, promise: Promise<T>): Promise<T | 'late'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => (timer = setTimeout(resolve, limitMs, 'late')));
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

function settingArguments(settings: Readonly<Record<string, string | number | boolean>>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${String(value)}`]);
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
