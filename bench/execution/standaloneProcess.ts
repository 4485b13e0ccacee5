import { spawn } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { interruption } from '../interruption.ts';

export interface StandaloneProcess extends AsyncDisposable {
  readonly processId: number;
  readonly url: string;
  readonly setupSecret: string;
}

const root = fileURLToPath(new URL('../../', import.meta.url));

/** `npm start` on an empty data directory. @throws Error when it ends before it is ready */
export async function startStandalone(): Promise<StandaloneProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-standalone-'));
  // As root, PostgreSQL runs as a user of its own, who must get through.
  await chmod(folder, 0o711);
  const child = spawn(process.execPath, ['standalone/src/main.ts'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    // Out of reach of the terminal's Ctrl-C: its second signal, ours, would end it without letting PostgreSQL go.
    detached: true,
    // Nothing else of this environment: it may name a database that is somebody's.
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      NODE_ENV: 'production',
      OPSCONDUCTOR_DATA_DIRECTORY: folder,
      OPSCONDUCTOR_PORT: '0',
      EXECUTOR_ALLOWED_NETWORKS: '127.0.0.0/8',
    },
  });
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(`ended (${signal ?? code})`));
    child.once('error', ({ message }) => resolve(message));
  });
  const end = () => void (child.killed || child.kill('SIGTERM'));
  interruption.addEventListener('abort', end, { once: true });
  const stop = async () => {
    end();
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  const ready = Promise.withResolvers<Pick<StandaloneProcess, 'url' | 'setupSecret'>>();
  child.once('message', ready.resolve);
  void ended.then((how) => ready.reject(new Error(`The platform has ${how} before it was ready.`)));
  try {
    return { ...(await ready.promise), processId: child.pid ?? 0, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
