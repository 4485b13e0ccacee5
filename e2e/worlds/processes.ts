import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

export const root = fileURLToPath(new URL('../../', import.meta.url));
const STOP_MS = 30_000;

/** A process of the product, as an operator would start it. */
export interface ProductProcess {
  readonly child: ChildProcess;
  readonly pid: number;
  /** Everything it has printed. */
  readonly output: () => string;
  /** Resolves with what it has printed once that matches; rejects when it ends before. */
  waitFor(pattern: RegExp): Promise<RegExpExecArray>;
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  stop(): Promise<void>;
  /** kill -9 */
  kill(): Promise<void>;
}

export function startProcess(args: readonly string[], environment: NodeJS.ProcessEnv): ProductProcess {
  const child = spawn(join(root, 'node_modules/.bin/node'), args, {
    cwd: root,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  const gather = (part: Buffer) => (text += part.toString());
  child.stdout.on('data', gather);
  child.stderr.on('data', gather);
  const exited = once(child, 'close').then(() => ({ code: child.exitCode, signal: child.signalCode }));
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await exited;
    clearTimeout(late);
  };
  return {
    child,
    pid: child.pid ?? 0,
    output: () => text,
    exited,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    waitFor: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(text);
          if (match) resolve(match);
        };
        child.stdout.on('data', look);
        child.stderr.on('data', look);
        void exited.then(({ code }) => reject(new Error(`${args.join(' ')} ended with ${code}:\n${text}`)));
        look();
      }),
  };
}
