import type { Client, ClientChannel } from 'ssh2';
import { ChannelReader } from './channelReader.ts';
import { startLineOf } from './commandScript.ts';
import type { OtherConnection } from './command.ts';
import type { RemoteScript } from './commandScript.ts';
import { within } from './deadline.ts';
import { Dialogue } from './dialogue.ts';
import { endOf } from './outcome.ts';
import type { CommandEnd, RemoteExit, StopCause } from './outcome.ts';
import type { OutputStream } from './output/coalescer.ts';
import { SessionRefused, startShell } from './remoteShell.ts';
import { StartLine } from './startLine.ts';
import { stopBySignal, stopRemote } from './stopRemote.ts';
import type { StopAnswer } from './stopRemote.ts';

export interface RemoteProcessOptions {
  readonly script: RemoteScript;
  readonly marker: string;
  readonly graceSeconds: number;
  readonly otherConnection: OtherConnection | undefined;
  /** Called whenever something about the process has changed. */
  readonly onChange: () => void;
}

/** How long a stop waits for the start line, without which it cannot be confirmed. */
const START_SECONDS = 2;

/** What is known of a command on its target, and the means to stop it. States and invariants are in SPEC.md. */
export class RemoteProcess {
  /** Settles when the session is there, or the process was stopped before. Rejects with SessionRefused. */
  readonly opened: Promise<void>;
  #client: Client;
  readonly #options: RemoteProcessOptions;
  readonly #startLine: StartLine;
  readonly #started = Promise.withResolvers<void>();
  readonly #exited = Promise.withResolvers<void>();
  readonly #stopRequested = Promise.withResolvers<void>();
  #channel: ClientChannel | undefined;
  #dialogue: Dialogue | undefined;
  #reader: ChannelReader | undefined;
  #exit: RemoteExit | undefined;
  #isChannelClosed = false;
  #isConnectionLost = false;
  #stopCause: StopCause | undefined;
  #stopAnswer: StopAnswer | 'neverSent' | undefined;
  #stopping: Promise<void> | undefined;

  constructor(client: Client, options: RemoteProcessOptions) {
    this.#client = client;
    this.#options = options;
    this.#startLine = new StartLine(startLineOf(options.marker), () => {
      this.#dialogue?.begin();
      this.#started.resolve();
    });
    this.opened = Promise.race([this.#open(client), this.#stopRequested.promise]);
    // Awaited by whoever reads the output, if anybody does.
    this.opened.catch(() => {});
  }

  /** Undefined when there is nothing to read: the script was not sent. */
  get reader(): ChannelReader | undefined {
    return this.#reader;
  }

  /** What of the bytes that were read is the command's own output. */
  passThrough(stream: OutputStream, bytes: Buffer): Buffer {
    return stream === 'STDOUT' ? this.#startLine.passThrough(bytes) : (this.#dialogue?.passThrough(bytes) ?? bytes);
  }

  /** What came although the command has not begun, and may explain why. */
  get noise(): Record<OutputStream, Buffer> {
    return { STDOUT: this.#startLine.noise, STDERR: this.#dialogue?.takeHeld() ?? Buffer.alloc(0) };
  }

  /** The command has ended, and was looked for where it had to be stopped. Output may still be on its way. */
  get isEnded(): boolean {
    if (this.#stopCause) return this.#stopAnswer !== undefined;
    return this.#exit !== undefined || this.#isChannelClosed;
  }

  /** How it ended. Only once {@link isEnded}, and after all output was read. */
  get end(): CommandEnd {
    return endOf({
      started: this.#startLine.processId !== undefined,
      passwordRefused: this.#dialogue?.isRefused === true,
      exit: this.#exit,
      stop: this.#stopCause && { cause: this.#stopCause, confirmed: this.#isConfirmedGone },
      connectionLost: this.#isConnectionLost,
    });
  }

  /** Ends the command on its target, if it has not ended yet. Resolves when {@link isEnded}. */
  stop(cause: StopCause): Promise<void> {
    if (this.isEnded) return Promise.resolve();
    this.#stopCause ??= cause;
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** Ends the session. The process is not stopped by it. */
  release(): void {
    this.#client.off('close', this.#loseConnection);
    this.#channel?.close();
  }

  /** A connection that gives no session has run nothing: another one may be tried. */
  async #open(client: Client): Promise<void> {
    try {
      await startShell(client, this.#options.script.line, (channel) => this.#attach(client, channel));
    } catch (error) {
      const isStillWanted = error instanceof SessionRefused && !this.#stopCause;
      const other = isStillWanted ? await this.#options.otherConnection?.() : undefined;
      if (!other) throw error;
      await this.#open(other);
    }
  }

  #attach(client: Client, channel: ClientChannel): boolean {
    if (this.#stopCause) return false;
    this.#client = client.once('close', this.#loseConnection);
    this.#channel = channel;
    this.#dialogue = new Dialogue(channel, this.#options.script);
    this.#reader = new ChannelReader(channel, this.#options.onChange);
    channel.once('exit', (code: number | null, signal?: string) => {
      this.#exit = code === null ? { signal: String(signal).replace(/^SIG/, '') } : { code };
      this.#exited.resolve();
      this.#options.onChange();
    });
    channel.once('close', () => {
      this.#isChannelClosed = true;
      this.#exited.resolve();
      this.#options.onChange();
    });
    return true;
  }

  readonly #loseConnection = (): void => {
    this.#isConnectionLost = true;
    this.#exited.resolve();
    this.#options.onChange();
  };

  async #stop(): Promise<void> {
    this.#stopRequested.resolve();
    this.#stopAnswer = this.#channel ? await this.#stopShell(this.#channel) : 'neverSent';
    this.#options.onChange();
  }

  async #stopShell(channel: ClientChannel): Promise<StopAnswer> {
    const { marker, graceSeconds, script } = this.#options;
    await within(START_SECONDS, Promise.race([this.#started.promise, this.#exited.promise]));
    const leader = this.#startLine.processId;
    const answer = await stopRemote(this.#client, { marker, leader, graceSeconds, becoming: script.becoming });
    if (answer === 'unavailable') await stopBySignal(channel, graceSeconds, this.#exited.promise);
    return answer;
  }

  get #isConfirmedGone(): boolean {
    switch (this.#stopAnswer) {
      case 'neverSent':
        return true;
      case 'gone':
        // A shell that has not begun yet could not be found, and may begin now.
        return this.#startLine.processId !== undefined || this.#exit !== undefined;
      case 'unavailable':
        // It has ended, and no child of it holds its output open.
        return this.#exit !== undefined && this.#reader?.isEnded === true;
      case 'alive':
      case undefined:
        return false;
    }
  }
}
