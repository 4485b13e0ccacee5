import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Another Node process running a script of this folder. */
export interface Subprocess {
  readonly pid: number;
  /** The next line that it writes. */
  readonly nextLine: () => Promise<string>;
  /** Asks it to end, and waits until it has. */
  readonly terminate: () => Promise<void>;
  /** As a crash or the kernel would end it. */
  readonly killHard: () => Promise<void>;
}

/** @param ids run it as another user, which only root may */
export function runScript(script: string, args: string[], ids: { uid?: number; gid?: number } = {}): Subprocess {
  const path = join(import.meta.dirname, script);
  const child = spawn(process.execPath, [path, ...args], { stdio: ['ignore', 'pipe', 'inherit'], cwd: '/', ...ids });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const exited = once(child, 'exit');
  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await exited;
  };
  return {
    pid: child.pid as number,
    nextLine: async () => {
      const { value, done } = await lines.next();
      if (done) throw new Error(`${script} ended before it wrote what was waited for`);
      return value;
    },
    terminate: () => kill('SIGTERM'),
    killHard: () => kill('SIGKILL'),
  };
}
