import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Log } from '@opsconductor/telemetry';

const require = createRequire(import.meta.url);
const program = join(dirname(require.resolve('@opsconductor/automation')), 'executorMain.ts');
const FIRST_RESTART_MS = 200;
const LAST_RESTART_MS = 10_000;
/** A child that ran so long before it died starts again without a pause. */
const HEALTHY_MS = 60_000;
const STOP_MS = 20_000;
/** A child that has said nothing for so long hangs: it is ended, and what it ran is taken over. */
const SILENCE_MS = 15_000;

/** Executor processes beside the main one, each started again when it dies. */
export interface Executors {
  readonly pids: readonly number[];
  stop(): Promise<void>;
}

/**
 * @param environment what the executors read as their environment
 * @returns when every one of them takes work
 */
export async function startExecutors(count: number, environment: NodeJS.ProcessEnv, log: Log): Promise<Executors> {
  const keepers = Array.from({ length: count }, () => new ExecutorKeeper(environment, log));
  const stop = async (): Promise<void> => void (await Promise.all(keepers.map((keeper) => keeper.stop())));
  try {
    await Promise.all(keepers.map((keeper) => keeper.start()));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    get pids() {
      return keepers.flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
    },
    stop,
  };
}

class ExecutorKeeper {
  readonly #environment: NodeJS.ProcessEnv;
  readonly #log: Log;
  #child: ChildProcess | undefined;
  #restart: NodeJS.Timeout | undefined;
  #silence: NodeJS.Timeout | undefined;
  #pauseMs = FIRST_RESTART_MS;
  #isStopping = false;

  constructor(environment: NodeJS.ProcessEnv, log: Log) {
    this.#environment = environment;
    this.#log = log;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Resolves when the executor is ready; rejects when its first start fails. */
  async start(): Promise<void> {
    const startedAt = Date.now();
    const child = fork(program, {
      env: this.#environment,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      // In a process group of its own: Ctrl-C reaches this process only, which stops the executors in their turn.
      detached: true,
    });
    this.#child = child;
    child.on('message', () => this.#listenFor(child));
    child.once('exit', (code, signal) => this.#keep(code, signal, Date.now() - startedAt));
    await new Promise<void>((resolve, reject) => {
      child.once('message', () => resolve());
      child.once('exit', () => reject(new Error('An executor ended before it was ready.')));
      child.once('error', reject);
    });
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#restart);
    clearTimeout(this.#silence);
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await exited;
    clearTimeout(late);
  }

  /** The next message of an executor is due soon: it sends one every few seconds for as long as its loop turns. */
  #listenFor(child: ChildProcess): void {
    clearTimeout(this.#silence);
    if (this.#isStopping) return;
    this.#silence = setTimeout(() => {
      this.#log.error({ pid: child.pid }, 'executor.hung');
      child.kill('SIGKILL');
    }, SILENCE_MS);
  }

  #keep(code: number | null, signal: NodeJS.Signals | null, livedMs: number): void {
    clearTimeout(this.#silence);
    if (this.#isStopping) return;
    this.#log.error({ code, signal }, 'executor.exited');
    this.#pauseMs = livedMs > HEALTHY_MS ? FIRST_RESTART_MS : Math.min(this.#pauseMs * 2, LAST_RESTART_MS);
    this.#restart = setTimeout(() => {
      this.start().catch((error: unknown) => this.#log.error({ err: error }, 'executor.start.failed'));
    }, this.#pauseMs);
  }
}
