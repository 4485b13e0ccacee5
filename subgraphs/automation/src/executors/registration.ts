import { randomUUID } from 'node:crypto';
import type { WakeUps } from '@opsconductor/events';
import type { Log } from '@opsconductor/telemetry';
import type { PrismaClient } from '../../generated/prisma/client.ts';

export const EXECUTORS_TOPIC = 'executors';
/** An executor says so often that it is there. */
const BEAT_MS = 5_000;
/** One that was not heard of for so long is taken for gone. */
export const SILENT_AFTER_MS = 20_000;
/** Rows of executors that have been gone for so long are removed. */
const FORGOTTEN_AFTER_MS = 24 * 60 * 60 * 1_000;

export interface RegistrationOptions {
  readonly prisma: PrismaClient;
  readonly wakeUps: WakeUps;
  readonly log: Log;
  readonly name: string;
  readonly labels: readonly string[];
  readonly capacity: number;
  /** Shards that it holds now. */
  readonly running: () => number;
  readonly clock: () => Date;
}

/**
 * An executor's row in the register, kept up to date. Nothing but people and {@link listExecutors} goes by it: leases say
 * who holds what.
 */
export class Registration {
  readonly #options: RegistrationOptions;
  readonly #id = randomUUID();
  readonly #startedAt: Date;
  readonly #beat: NodeJS.Timeout;
  #isDraining = false;
  #lastWritten: Promise<void> = Promise.resolve();

  private constructor(options: RegistrationOptions) {
    this.#options = options;
    this.#startedAt = options.clock();
    this.#write();
    this.#beat = setInterval(() => this.#write(), BEAT_MS);
  }

  /** @returns when the executor is in the register, or that could not be written yet */
  static async open(options: RegistrationOptions): Promise<Registration> {
    const registration = new Registration(options);
    await registration.#lastWritten;
    return registration;
  }

  /** It takes nothing more. */
  drain(): void {
    this.#isDraining = true;
    this.#write();
  }

  async close(): Promise<void> {
    clearInterval(this.#beat);
    this.#write(this.#options.clock());
    await this.#lastWritten;
  }

  /** One after the other: the last one counts. */
  #write(stoppedAt: Date | null = null): void {
    this.#lastWritten = this.#lastWritten.then(() => this.#save(stoppedAt));
  }

  async #save(stoppedAt: Date | null): Promise<void> {
    const { prisma, wakeUps, log, name, labels, capacity, running, clock } = this.#options;
    const now = clock();
    const state = { running: running(), isDraining: this.#isDraining, lastSeenAt: now, stoppedAt };
    try {
      await prisma.executor.upsert({
        where: { id: this.#id },
        create: { id: this.#id, name, labels: [...labels], capacity, startedAt: this.#startedAt, ...state },
        update: state,
      });
      const before = new Date(now.getTime() - FORGOTTEN_AFTER_MS);
      await prisma.executor.deleteMany({ where: { lastSeenAt: { lt: before } } });
      await wakeUps.announce([EXECUTORS_TOPIC]);
    } catch (error) {
      // The next beat says it again.
      log.warn({ err: error }, 'executor.registration.failed');
    }
  }
}
