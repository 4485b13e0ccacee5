import { setTimeout as pause } from 'node:timers/promises';
import type { Log } from '@opsconductor/telemetry';
import { queueTopic } from './jobQueue.ts';
import type { JobQueue, LeasedJob } from './jobQueue.ts';
import type { QueueName } from './queues.ts';
import type { WakeUps } from './wakeUps.ts';

/** Without a wake-up the queue is looked at this often. */
const POLL_MS = 500;
/** A third of the heartbeat after which a job counts as abandoned. */
const TOUCH_MS = 3_300;

export interface PumpOptions<Data> {
  readonly queue: JobQueue;
  readonly wakeUps: WakeUps;
  readonly name: QueueName;
  /** How many runs at once. */
  readonly slots: number;
  /** How many jobs one run gets at most. */
  readonly batch: number;
  /**
   * Does the work of the jobs and settles them with {@link JobQueue.complete} in its own transaction. When it rejects,
   * the jobs are tried again. `signal` aborts when a job has been taken away, or when the pump stops at once.
   */
  readonly run: (jobs: readonly LeasedJob<Data>[], signal: AbortSignal) => Promise<void>;
  readonly log: Log;
}

export interface Pump {
  /** Takes no more jobs, lets what runs finish for `graceMs`, then aborts it and waits for its end. */
  stop(graceMs: number): Promise<void>;
}

interface Run<Data> {
  readonly jobs: readonly LeasedJob<Data>[];
  readonly abort: AbortController;
  readonly ended: Promise<void>;
}

/** Consumes a queue: fetches when there is a free slot and something to do, and keeps what it holds alive. */
export function startPump<Data>(options: PumpOptions<Data>): Pump {
  const pump = new RunningPump(options);
  pump.start();
  return pump;
}

class RunningPump<Data> implements Pump {
  readonly #options: PumpOptions<Data>;
  readonly #runs = new Set<Run<Data>>();
  readonly #stopping = new AbortController();
  #wake: () => void = () => undefined;
  #isAwake = false;
  #loop: Promise<void> = Promise.resolve();
  #beat: NodeJS.Timeout | undefined;
  #unlisten: () => void = () => undefined;

  constructor(options: PumpOptions<Data>) {
    this.#options = options;
  }

  start(): void {
    const { wakeUps, name } = this.#options;
    this.#unlisten = wakeUps.listen(queueTopic(name), () => this.#rouse());
    this.#beat = setInterval(() => void this.#touch(), TOUCH_MS);
    this.#loop = this.#consume();
  }

  async stop(graceMs: number): Promise<void> {
    this.#stopping.abort();
    this.#unlisten();
    this.#rouse();
    await this.#loop;
    const ended = Promise.all([...this.#runs].map((run) => run.ended));
    const graceOver = new AbortController();
    await Promise.race([ended, pause(graceMs, undefined, { signal: graceOver.signal }).catch(() => undefined)]);
    graceOver.abort();
    for (const run of this.#runs) run.abort.abort(new Error('stopping'));
    await ended;
    clearInterval(this.#beat);
  }

  async #consume(): Promise<void> {
    const { queue, name, slots, batch, log } = this.#options;
    while (!this.#stopping.signal.aborted) {
      this.#isAwake = false;
      let jobs: LeasedJob<Data>[] = [];
      if (this.#runs.size < slots) {
        try {
          jobs = await queue.fetch<Data>(name, batch);
        } catch (error) {
          log.warn({ err: error, queue: name }, 'queue.fetch.failed');
        }
      }
      if (jobs.length > 0) this.#begin(jobs);
      else await this.#sleep();
    }
  }

  #begin(jobs: readonly LeasedJob<Data>[]): void {
    const abort = new AbortController();
    const run: Run<Data> = { jobs, abort, ended: this.#run(jobs, abort.signal).then(() => void this.#end(run)) };
    this.#runs.add(run);
  }

  #end(run: Run<Data>): void {
    this.#runs.delete(run);
    this.#rouse();
  }

  async #run(jobs: readonly LeasedJob<Data>[], signal: AbortSignal): Promise<void> {
    const { queue, name, run, log } = this.#options;
    try {
      await run(jobs, signal);
    } catch (error) {
      log.error({ err: error, queue: name, jobs: jobs.map(({ id }) => id) }, 'job.failed');
      await queue.fail(name, jobs, error instanceof Error ? error.message : String(error)).catch((failure: unknown) => {
        // Then the heartbeat runs out, and the job is tried again all the same.
        log.warn({ err: failure, queue: name }, 'job.return.failed');
      });
    }
  }

  async #touch(): Promise<void> {
    const { queue, name, log } = this.#options;
    const runs = [...this.#runs];
    if (runs.length === 0) return;
    try {
      const held = await queue.touch(
        name,
        runs.flatMap((run) => run.jobs),
      );
      for (const run of runs)
        if (this.#runs.has(run) && run.jobs.some(({ id }) => !held.has(id))) run.abort.abort(new Error('lease lost'));
    } catch (error) {
      log.warn({ err: error, queue: name }, 'queue.touch.failed');
    }
  }

  #rouse(): void {
    this.#isAwake = true;
    this.#wake();
  }

  /** Until something happened, or the poll is due. A wake-up between the fetch and now is not missed. */
  async #sleep(): Promise<void> {
    if (this.#isAwake) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, POLL_MS);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = () => undefined;
  }
}
