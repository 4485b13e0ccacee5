import type { Secret } from '@opsconductor/vault';
import type { Client } from 'ssh2';
import type { ChannelReader } from './channelReader.ts';
import type { OtherConnection } from './command.ts';
import type { RemoteScript } from './commandScript.ts';
import type { CommandEnd, CommandResult, StopCause } from './outcome.ts';
import type { OutputChunk } from './output/coalescer.ts';
import { OutputCollector } from './output/collector.ts';
import { Masks } from './output/masks.ts';
import { RemoteProcess } from './remoteProcess.ts';
import { SessionRefused } from './remoteShell.ts';
import { WakeUp } from './wakeUp.ts';

export interface CommandRunOptions {
  readonly script: RemoteScript;
  readonly marker: string;
  readonly masks: readonly Secret[];
  readonly wallTimeSeconds: number;
  readonly outputLimitBytes: number;
  readonly graceSeconds: number;
  readonly signal: AbortSignal | undefined;
  readonly otherConnection: OtherConnection | undefined;
}

/** Longest that is waited for output, all waits together, once a command has ended: a child may hold the stream open. */
const SETTLE_MS = 1_000;
/** `setTimeout` takes no more. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** One command: its output while it runs, then its result. It is stopped when its time is over or nobody wants it. */
export class CommandRun {
  readonly #result = Promise.withResolvers<CommandResult>();
  readonly #wakeUp = new WakeUp();
  readonly #process: RemoteProcess;
  readonly #collector: OutputCollector;
  readonly #signal: AbortSignal | undefined;
  readonly #wallTimer: NodeJS.Timeout;
  #isRead = false;
  #settledMs = 0;

  constructor(client: Client, { masks, outputLimitBytes, wallTimeSeconds, signal, ...process }: CommandRunOptions) {
    this.#collector = new OutputCollector(Masks.of(masks), outputLimitBytes);
    this.#process = new RemoteProcess(client, { ...process, onChange: this.#wakeUp.notify });
    // Whoever reads the output sees a failure there.
    this.#result.promise.catch(() => {});
    const wallTimeMs = Math.min(wallTimeSeconds * 1_000, LONGEST_TIMER_MS);
    this.#wallTimer = setTimeout(() => this.#stop('timedOut'), wallTimeMs);
    this.#signal = signal;
    signal?.addEventListener('abort', this.#cancel);
    if (signal?.aborted) this.#cancel();
  }

  get result(): Promise<CommandResult> {
    return this.#result.promise;
  }

  /** The output, once. The result follows its end. */
  async *output(): AsyncGenerator<OutputChunk, void, void> {
    this.#isRead = true;
    try {
      await this.#process.opened;
      if (this.#process.reader) yield* this.#read(this.#process.reader);
      this.#finish(this.#process.end);
    } catch (error) {
      this.#fail(error);
    } finally {
      // Nothing to do, unless the reader has left early.
      await this.#process.stop('cancelled');
      this.#finish(this.#process.end);
    }
  }

  #fail(error: unknown): void {
    if (error instanceof SessionRefused)
      return this.#finish({ kind: 'notStarted', reason: `The target gave no session: ${error.message}.` });
    this.#result.reject(error);
    throw error;
  }

  async *#read(reader: ChannelReader): AsyncGenerator<OutputChunk, void, void> {
    for (;;) {
      const piece = reader.read();
      if (piece) this.#accept(piece);
      yield* this.#chunks(() => this.#collector.take(performance.now()));
      if (piece) continue;
      if (this.#isOver(reader)) break;
      await this.#sleep();
    }
    const { STDERR, STDOUT } = this.#process.noise;
    this.#collector.write('STDERR', STDERR, performance.now());
    this.#collector.write('STDOUT', STDOUT, performance.now());
    this.#collector.end(performance.now());
    yield* this.#chunks(() => this.#collector.takeAny());
  }

  #accept({ stream, bytes }: { stream: OutputChunk['stream']; bytes: Buffer }): void {
    this.#collector.write(stream, this.#process.passThrough(stream, bytes), performance.now());
  }

  *#chunks(next: () => OutputChunk | undefined): Generator<OutputChunk, void, void> {
    for (let chunk = next(); chunk; chunk = next()) yield chunk;
  }

  #isOver(reader: ChannelReader): boolean {
    if (!this.#process.isEnded) return false;
    return reader.isEnded || this.#collector.truncated || this.#settledMs >= SETTLE_MS;
  }

  async #sleep(): Promise<void> {
    const since = performance.now();
    const untilChunk = (this.#collector.dueAt ?? Infinity) - since;
    const isSettling = this.#process.isEnded;
    await this.#wakeUp.wait(Math.min(untilChunk, isSettling ? SETTLE_MS - this.#settledMs : Infinity));
    if (isSettling) this.#settledMs += performance.now() - since;
  }

  readonly #cancel = (): void => this.#stop('cancelled');

  #stop(cause: StopCause): void {
    void this.#process.stop(cause).then(
      () => {
        if (!this.#isRead) this.#finish(this.#process.end);
      },
      (error: unknown) => this.#result.reject(error),
    );
  }

  #finish(end: CommandEnd): void {
    clearTimeout(this.#wallTimer);
    this.#signal?.removeEventListener('abort', this.#cancel);
    this.#process.release();
    this.#result.resolve({ ...end, truncated: this.#collector.truncated });
  }
}
