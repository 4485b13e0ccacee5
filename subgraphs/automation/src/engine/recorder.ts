import { setTimeout as pause } from 'node:timers/promises';
import type { OutputStream } from '../../generated/prisma/enums.ts';
import type { Log } from '@opsconductor/telemetry';
import type { News, TaskLease, Written } from './journal.ts';
import type { TaskOutcome } from './outcome.ts';

/** Output that may wait for the database before the command's output is held back. */
const BUFFERED_BYTES = 4 * 1024 * 1024;
/** News that one transaction holds at most. */
const BATCH = 1_000;
const FIRST_PAUSE_MS = 100;
const LAST_PAUSE_MS = 5_000;
/** About five minutes without a database. Whoever takes the shard over then says UNKNOWN. */
const ATTEMPTS = 64;

interface Pending {
  readonly news: News;
  readonly resolve: (isAccepted: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Gathers the news about the tasks of one execution in one executor and writes them batch after batch: whatever comes
 * while one batch is written makes the next.
 */
export class Recorder {
  readonly #write: (news: readonly News[]) => Promise<Written>;
  readonly #onCancelled: () => void;
  readonly #log: Log;
  #queue: Pending[] = [];
  #bufferedBytes = 0;
  #isWriting = false;

  /** @param onCancelled called when a write has seen that somebody wants the execution to stop */
  constructor(write: (news: readonly News[]) => Promise<Written>, onCancelled: () => void, log: Log) {
    this.#write = write;
    this.#onCancelled = onCancelled;
    this.#log = log;
  }

  /** Resolves when the task is durably RUNNING; false when it must not be run (cancelled, or the lease is lost). */
  begin(lease: TaskLease): Promise<boolean> {
    return this.#add({ ...lease, kind: 'began' });
  }

  /** Resolves when there is room for more, at once as a rule. */
  async output(lease: TaskLease, index: number, stream: OutputStream, text: string): Promise<void> {
    const written = this.#add({ ...lease, kind: 'output', index, stream, text });
    this.#bufferedBytes += text.length;
    const settled = written.finally(() => (this.#bufferedBytes -= text.length));
    if (this.#bufferedBytes > BUFFERED_BYTES) await settled;
    else settled.catch(() => undefined);
  }

  /** Resolves when the outcome is recorded; false when another one was, or the lease is lost. */
  end(lease: TaskLease, outcome: TaskOutcome): Promise<boolean> {
    return this.#add({ ...lease, kind: 'ended', outcome });
  }

  #add(news: News): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ news, resolve, reject });
      if (!this.#isWriting) void this.#writeAll();
    });
  }

  async #writeAll(): Promise<void> {
    this.#isWriting = true;
    // One turn of the loop, so that what comes together is written together.
    await pause(0);
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0, BATCH);
      try {
        const { isAccepted, isCancelled } = await this.#writeBatch(batch.map(({ news }) => news));
        batch.forEach(({ resolve }, index) => resolve(isAccepted[index] ?? false));
        if (isCancelled) this.#onCancelled();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    // In the same turn as the last look at the queue: what comes later begins anew.
    this.#isWriting = false;
  }

  async #writeBatch(news: readonly News[]): Promise<Written> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#write(news);
      } catch (error) {
        if (attempt === ATTEMPTS) throw error;
        this.#log.warn({ err: error, attempt }, 'journal.write.failed');
        await pause(Math.min(FIRST_PAUSE_MS * 2 ** (attempt - 1), LAST_PAUSE_MS));
      }
    }
  }
}
