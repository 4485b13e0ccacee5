import { execFile } from 'node:child_process';
import { readFile, readdir, readlink, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { StartupFault } from '@opsconductor/process';

const run = promisify(execFile);
const POLL_MS = 20;

/** What is sent, in this order, until nothing is left, and how long each has to work. */
const STEPS: readonly (readonly [signal: NodeJS.Signals, limitMs: number])[] = [
  ['SIGINT', 15_000], // fast: sessions are ended, everything is written
  ['SIGQUIT', 5_000], // immediate: the next start recovers from the log
  ['SIGKILL', 5_000],
];

/**
 * Ends every PostgreSQL process that still works on `directory`: the server whose parent was killed, or the sessions of a
 * killed server. Only whoever holds the lock of the directory may ask for this.
 * @returns whether there was one
 * @throws StartupFault when one cannot be ended
 */
export async function stopLeftovers(directory: string): Promise<boolean> {
  const pidFile = join(directory, 'postmaster.pid');
  const recorded = Number((await readFile(pidFile, 'utf8').catch(() => '')).split('\n')[0]);
  if (!recorded) return false;
  const real = await realpath(directory);
  let left = await findProcesses(real, recorded);
  const found = left.length > 0;
  for (const [signal, limitMs] of STEPS) {
    // A server passes the signal on to its sessions in the right order. Sessions without a server get it themselves.
    for (const pid of left.includes(recorded) ? [recorded] : left) send(pid, signal);
    for (const end = Date.now() + limitMs; left.length > 0 && Date.now() < end;) {
      await delay(POLL_MS);
      left = await findProcesses(real, recorded);
    }
  }
  if (left.length > 0) {
    throw new StartupFault(
      `PostgreSQL still runs on ${directory} as process ${left[0]} and does not stop. End that process, then start again.`,
    );
  }
  // Its process id may belong to a stranger by now, and PostgreSQL would take that for a running server.
  await rm(pidFile, { force: true });
  return found;
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** PostgreSQL's processes have its data directory as their working directory. */
async function findProcesses(directory: string, recorded: number): Promise<number[]> {
  if (process.platform !== 'linux') return (await isServerOf(directory, recorded)) ? [recorded] : [];
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(ids.map(async (id) => ((await worksIn(directory, id)) ? [Number(id)] : [])));
  return found.flat();
}

async function worksIn(directory: string, id: string): Promise<boolean> {
  try {
    if ((await readlink(`/proc/${id}/cwd`)) !== directory) return false;
    return (await readFile(`/proc/${id}/comm`, 'utf8')).startsWith('postgres');
  } catch {
    return false; // it ended meanwhile, or belongs to someone else
  }
}

async function isServerOf(directory: string, pid: number): Promise<boolean> {
  try {
    const { stdout } = await run('ps', ['-o', 'command=', '-p', String(pid)]);
    return stdout.includes('postgres') && stdout.includes(directory);
  } catch {
    return false;
  }
}
