import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { createInterface } from 'node:readline';

const LISTENING = /Server listening on /;

/** A process of sshd and its log. */
export class SshDaemon {
  readonly #process: ChildProcess;
  readonly #lines: string[] = [];
  readonly #news = new EventEmitter<{ line: [string]; end: [] }>().setMaxListeners(0);
  #hasEnded = false;

  constructor([path = '', ...options]: readonly string[]) {
    this.#process = spawn(path, options, { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#process.once('error', (error) => this.#end(String(error)));
    this.#process.once('exit', (code, signal) => this.#end(`sshd has ended (${signal ?? code})`));
    createInterface(this.#process.stderr!).on('line', (line) => {
      this.#lines.push(line);
      this.#news.emit('line', line);
    });
  }

  get processId(): number {
    return this.#process.pid ?? 0;
  }

  async listening(): Promise<void> {
    await this.logged(LISTENING);
  }

  /** Reads its configuration and keys again; resolves when it listens again. */
  async reload(): Promise<void> {
    const before = this.count(LISTENING);
    this.#process.kill('SIGHUP');
    while (this.count(LISTENING) === before) await this.#nextLine(LISTENING);
  }

  count(pattern: RegExp): number {
    return this.#lines.filter((line) => pattern.test(line)).length;
  }

  async logged(pattern: RegExp): Promise<string> {
    return this.#lines.find((line) => pattern.test(line)) ?? (await this.#nextLine(pattern));
  }

  async stop(): Promise<void> {
    if (this.#hasEnded) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    await ended;
  }

  #nextLine(pattern: RegExp): Promise<string> {
    return new Promise((resolve, reject) => {
      const read = (line: string) => {
        if (!pattern.test(line)) return;
        leave();
        resolve(line);
      };
      const fail = () => {
        leave();
        reject(new Error(`sshd logged no line that matches ${String(pattern)}:\n${this.#lines.slice(-20).join('\n')}`));
      };
      const leave = () => this.#news.off('line', read).off('end', fail);
      if (this.#hasEnded) return fail();
      this.#news.on('line', read).once('end', fail);
    });
  }

  #end(line: string): void {
    this.#lines.push(line);
    this.#hasEnded = true;
    this.#news.emit('end');
  }
}
