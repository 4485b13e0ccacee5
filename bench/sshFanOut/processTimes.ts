import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { interruption } from '../interruption.ts';

export interface ShellRun {
  readonly output: string;
  /** Of all processes that the command has started, directly or not, and waited for. */
  readonly cpuMs: number;
}

const MARK = 'times of the command:';

/**
 * Runs a command line by `/bin/sh`, which alone can say what its children and theirs have cost: Node cannot.
 * @throws Error with the output of a command that fails
 */
export async function runInShell(commandLine: string): Promise<ShellRun> {
  const script = `${commandLine}\nstatus=$?\necho '${MARK}'\ntimes\nexit $status`;
  const shell = spawn('/bin/sh', ['-c', script], { stdio: ['ignore', 'pipe', 'pipe'], signal: interruption });
  const [output, complaints, [status]] = await Promise.all([
    text(shell.stdout),
    text(shell.stderr),
    once(shell, 'close') as Promise<[number | null]>,
  ]);
  if (status !== 0) throw new Error(`${commandLine} ended with ${status}: ${complaints}${output}`.slice(0, 4_000));
  const end = output.lastIndexOf(MARK);
  return { output: output.slice(0, end), cpuMs: cpuMsIn(output.slice(end)) };
}

/** POSIX: a line for the shell, then one for its children, each `<minutes>m<seconds>s` of user and of system time. */
function cpuMsIn(times: string): number {
  const ofChildren = times.trim().split('\n').at(-1) ?? '';
  const [user = NaN, system = NaN] = [...ofChildren.matchAll(/(\d+)m([\d.]+)s/g)].map(
    ([, minutes, seconds]) => (Number(minutes) * 60 + Number(seconds)) * 1_000,
  );
  return user + system;
}
