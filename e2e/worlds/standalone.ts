import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProcess } from './processes.ts';
import type { ProductProcess } from './processes.ts';
import type { World } from './world.ts';

export interface StandaloneWorld extends World {
  readonly directory: string;
  process: ProductProcess;
  /** Starts it again on the same data, as `npm start` would. */
  restart(): Promise<void>;
}

export const standaloneEnvironment = (directory: string): NodeJS.ProcessEnv => ({
  OPSCONDUCTOR_DATA_DIRECTORY: directory,
  OPSCONDUCTOR_PORT: '0',
  OPSCONDUCTOR_EXECUTORS: '2',
  EXECUTOR_ALLOWED_NETWORKS: '127.0.0.0/8',
});

/** `npm start` on an empty data directory. */
export async function startStandalone(): Promise<StandaloneWorld> {
  const directory = await mkdtemp(join(tmpdir(), 'opsconductor-e2e-'));
  await chmod(directory, 0o711);
  const first = await launch(directory);
  const [, setupSecret = ''] = await first.process.waitFor(/set-up secret: (\S+)/);
  const world: StandaloneWorld = {
    topology: 'standalone',
    directory,
    process: first.process,
    urls: [first.url],
    setupSecret,
    async restart() {
      const again = await launch(directory);
      world.process = again.process;
      Object.assign(world, { urls: [again.url] });
    },
    async stop() {
      await world.process.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
  return world;
}

async function launch(directory: string): Promise<{ process: ProductProcess; url: string }> {
  const process = startProcess(['standalone/src/main.ts'], standaloneEnvironment(directory));
  const [, url = ''] = await process.waitFor(/is ready: (\S+)\/graphql/);
  return { process, url };
}
