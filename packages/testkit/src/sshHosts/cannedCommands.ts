import type { ServerChannel } from 'ssh2';
import type { Commands } from './sessions.ts';

export interface CannedAnswer {
  readonly stdout?: string;
  readonly stderr?: string;
  /** Default: 0. */
  readonly exitCode?: number;
  /** Time from the output to the end. Default: 0. */
  readonly milliseconds?: number;
}

/**
 * Plays the remote side of the automation domain's SSH transport without running anything: the command's start line, the
 * answer, and the end; and, for the shell that stops a command, that it is gone.
 */
export class CannedCommands implements Commands {
  readonly #answer: CannedAnswer;
  readonly #running = new Map<string, (signal: string) => void>();

  constructor(answer: CannedAnswer) {
    this.#answer = answer;
  }

  run(command: string, channel: ServerChannel): void {
    const stopped = /OPSC_STOP=([\w.-]+)/.exec(command)?.[1];
    if (stopped === undefined) return this.#play(/OPSC_TASK=([\w.-]+):/.exec(command)?.[1] ?? '', channel);
    this.#running.get(stopped)?.('TERM');
    channel.write(`opsc:${stopped}:stop:gone\n`);
    channel.exit(0);
    channel.end();
  }

  async stop(): Promise<void> {
    for (const end of this.#running.values()) end('KILL');
  }

  #play(marker: string, channel: ServerChannel): void {
    const { stdout = '', stderr = '', exitCode = 0, milliseconds = 0 } = this.#answer;
    channel.write(`opsc:${marker}:1\n${stdout}`);
    if (stderr) channel.stderr.write(stderr);
    const end = (ending: number | string) => {
      clearTimeout(timer);
      this.#running.delete(marker);
      if (typeof ending === 'number') channel.exit(ending);
      else channel.exit(ending);
      channel.end();
    };
    const timer = setTimeout(end, milliseconds, exitCode);
    this.#running.set(marker, end);
    channel.once('close', () => {
      clearTimeout(timer);
      this.#running.delete(marker);
    });
  }
}
