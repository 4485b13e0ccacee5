import { setTimeout as delay } from 'node:timers/promises';
import { lockDirectory } from '../directoryLock.ts';
import type { Log } from '../log.ts';
import { chooseAccount } from './account.ts';
import { findBinaries } from './binaries.ts';
import { ensureCluster } from './cluster.ts';
import { ensureDatabase } from './ensureDatabase.ts';
import { stopLeftovers } from './leftovers.ts';
import type { Exit } from './messages.ts';
import { OWNER } from './password.ts';
import { startServer, startServerOnFreePort } from './server.ts';
import type { Server, ServerOptions } from './server.ts';

const FIRST_RESTART_DELAY_MS = 100;
const LONGEST_RESTART_DELAY_MS = 5_000;

export interface EmbeddedPostgresOptions {
  /** The data directory. Created when absent; `<directory>.lock`, `.pid` and `.password` are kept beside it. */
  readonly directory: string;
  /** A fixed port of 127.0.0.1. A free one, new at each start, when absent. */
  readonly port?: number;
  /** Further PostgreSQL settings, such as `{ fsync: 'off' }`. They win over the platform's. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
  /** Another PostgreSQL installation: a folder with `bin`, `lib` and `share`. */
  readonly binaries?: string;
  readonly log?: Log;
  /** Told in sentences for people what takes time. */
  readonly onProgress?: (sentence: string) => void;
  /** Told when the server ended without being asked to. It is being restarted already. */
  readonly onExit?: (exit: Exit) => void;
  /** Told when the server answers again after that, at the same URL. */
  readonly onRestart?: (pid: number) => void;
}

export interface EmbeddedPostgres {
  /** Connects as owner to the one database. Holds the password. The same for as long as this object lives. */
  readonly url: string;
  readonly port: number;
  /** The server's process id. Changes when the server is restarted. */
  readonly pid: number;
  /** Stops the server and gives the directory free. Safe to repeat. */
  readonly stop: () => Promise<void>;
}

/**
 * Runs a real PostgreSQL on a data directory that this process then owns. A server that an earlier process left behind is
 * stopped first; one that ends by itself is started again, with growing pauses, until `stop` is called.
 * @throws StartupFault when it cannot start
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { log, onProgress = () => {}, settings = {} } = options;
  const startedAt = performance.now();
  const { directory, release } = lockDirectory(options.directory);
  try {
    const binaries = await findBinaries(options.binaries);
    const account = await chooseAccount(binaries.postgres, directory);
    if (await stopLeftovers(directory)) log?.warn({ directory }, 'postgres.leftover.stopped');
    const durable = settings['fsync'] !== 'off';
    const password = await ensureCluster({ directory, binaries, account, durable, onProgress });
    const onMessage = (line: string): void => logMessage(log, line);
    const launch: ServerOptions = { directory, postgres: binaries.postgres, account, settings, onProgress, onMessage };
    const { port } = options;
    const server = await (port === undefined ? startServerOnFreePort(launch) : startServer(launch, port));
    const url = `postgresql://${OWNER}:${password}@127.0.0.1:${server.port}/${OWNER}`;
    try {
      await ensureDatabase(url);
    } catch (error) {
      await server.stop();
      throw error;
    }
    log?.info(
      { pid: server.pid, port: server.port, milliseconds: Math.round(performance.now() - startedAt) },
      'postgres.started',
    );
    const supervision = superviseServer(server, launch, options);
    const stop = async (): Promise<void> => supervision.stop().finally(release);
    return {
      url,
      port: server.port,
      stop,
      get pid() {
        return supervision.pid();
      },
    };
  } catch (error) {
    release();
    throw error;
  }
}

/** Keeps a server running on its port until stopped. */
function superviseServer(first: Server, launch: ServerOptions, options: EmbeddedPostgresOptions) {
  let server = first;
  const stopping = new AbortController();
  const abandon = (): void => server.abandon();
  process.once('exit', abandon);
  const supervision = (async () => {
    for (;;) {
      const exit = await server.exited;
      if (stopping.signal.aborted) return;
      options.log?.error({ pid: server.pid, code: exit.code, signal: exit.signal }, 'postgres.exited');
      options.onExit?.(exit);
      const next = await restartServer(launch, first.port, stopping.signal, options.log);
      if (!next) return;
      server = next;
      if (stopping.signal.aborted) return void (await server.stop());
      options.log?.info({ pid: server.pid, port: server.port }, 'postgres.restarted');
      options.onRestart?.(server.pid);
    }
  })();
  const stop = async (): Promise<void> => {
    stopping.abort();
    process.off('exit', abandon);
    await server.stop();
    await supervision;
  };
  return { stop, pid: () => server.pid };
}

/** Tries until it runs or is told to stop: a full disk is cleared and a taken port given free at some time. */
async function restartServer(
  launch: ServerOptions,
  port: number,
  signal: AbortSignal,
  log: Log | undefined,
): Promise<Server | undefined> {
  for (
    let pauseMs = FIRST_RESTART_DELAY_MS;
    !signal.aborted;
    pauseMs = Math.min(pauseMs * 2, LONGEST_RESTART_DELAY_MS)
  ) {
    try {
      await stopLeftovers(launch.directory);
      return await startServer(launch, port);
    } catch (error) {
      log?.error({ err: error, pauseMs }, 'postgres.restart.failed');
      await delay(pauseMs, undefined, { signal }).catch(() => {});
    }
  }
  return undefined;
}

function logMessage(log: Log | undefined, line: string): void {
  const level = line.startsWith('PANIC') ? 'error' : line.startsWith('FATAL') ? 'warn' : 'debug';
  log?.[level]({ line }, 'postgres.message');
}
