import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from '../ports.ts';

export interface TestRedis {
  readonly url: string;
  readonly pid: number;
  /** Ends it as if the machine had lost power. */
  kill(): Promise<void>;
  /** Starts it again at the same address, empty. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** A real Redis on 127.0.0.1 without persistence. */
export async function startRedis(): Promise<TestRedis> {
  const port = await findFreePort();
  const directory = await mkdtemp(join(tmpdir(), 'opsconductor-redis-'));
  let server = await launch(port, directory);
  const end = async (signal: NodeJS.Signals) => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill(signal);
    await exited;
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    get pid() {
      return server.pid ?? 0;
    },
    kill: () => end('SIGKILL'),
    async restart() {
      server = await launch(port, directory);
    },
    async stop() {
      await end('SIGTERM');
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function launch(port: number, directory: string) {
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', directory];
  const server = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise<void>((resolve, reject) => {
    let output = '';
    server.stdout.on('data', (text: Buffer) => {
      output += text.toString();
      if (/Ready to accept connections/.test(output)) resolve();
    });
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`redis-server ended with ${code}: ${output}`)));
  });
  return server;
}
