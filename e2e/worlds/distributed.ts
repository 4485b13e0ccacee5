import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { createTestDatabase, findFreePort, startRedis } from '@opsconductor/testkit';
import { root, startProcess } from './processes.ts';
import type { ProductProcess } from './processes.ts';
import type { World } from './world.ts';

/** What is read of a service in docker-compose.yml. */
interface Service {
  readonly image: string;
  readonly command: string[];
  readonly environment?: Record<string, string | number>;
  readonly deploy?: { readonly replicas?: number };
}

interface Place {
  /** Where each service listens on this machine. */
  readonly ports: ReadonlyMap<string, number>;
  readonly redisUrl: string;
  readonly secrets: string;
}

/**
 * The services of docker-compose.yml as processes of this machine: same commands, same environment, with only the
 * addresses changed that a container network would resolve.
 */
export async function startDistributed(): Promise<World> {
  const compose = parse(await readFile(join(root, 'docker-compose.yml'), 'utf8'), { merge: true }) as {
    services: Record<string, Service>;
    secrets: Record<string, { file: string }>;
  };
  const [database, redis, folder] = await Promise.all([
    createTestDatabase(),
    startRedis(),
    mkdtemp(join(tmpdir(), 'opsconductor-e2e-')),
  ]);
  const secrets = join(folder, 'secrets');
  await promisify(execFile)(join(root, 'node_modules/.bin/node'), ['scripts/keys.mjs', secrets], { cwd: root });
  await writeFile(join(folder, 'database-url'), database.url);
  const product = Object.entries(compose.services).filter(([, { image }]) => image.startsWith('opsconductor'));
  const ports = new Map(await Promise.all(product.map(async ([name]) => [name, await findFreePort()] as const)));
  const place = { ports, redisUrl: redis.url, secrets: folder };
  const files = Object.fromEntries(
    Object.entries(compose.secrets).map(([name, { file }]) => [
      `/run/secrets/${name}`,
      name === 'database-url' ? join(folder, 'database-url') : join(secrets, basename(file)),
    ]),
  );
  const launch = (name: string, port?: number) => startService(name, compose.services[name], place, files, port);
  const migration = launch('migrate');
  const { code } = await migration.exited;
  if (code !== 0) throw new Error(`The migration failed:\n${migration.output()}`);
  const replicas = product
    .filter(([name]) => name !== 'migrate')
    .flatMap(([name, { deploy }]) => Array.from({ length: deploy?.replicas ?? 1 }, () => name));
  const processes: { name: string; url: string; process: ProductProcess }[] = [];
  for (const name of replicas) {
    const port = processes.some((other) => other.name === name) ? await findFreePort() : ports.get(name);
    processes.push({ name, url: `http://127.0.0.1:${port}`, process: launch(name, port) });
  }
  const stop = async () => {
    await Promise.all(processes.map(({ process }) => process.stop()));
    await redis.stop();
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await Promise.all(processes.map(waitUntilReady));
    const identity = processes.find(({ name }) => name === 'identity')?.process;
    const [, setupSecret = ''] = (await identity?.waitFor(/set-up secret: (\S+)/)) ?? [];
    const routers = processes.filter(({ name }) => name === 'router').map(({ url }) => url);
    return { topology: 'distributed', urls: routers as [string, ...string[]], setupSecret, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function startService(
  name: string,
  service: Service | undefined,
  place: Place,
  files: Readonly<Record<string, string>>,
  port?: number,
): ProductProcess {
  if (!service) throw new Error(`docker-compose.yml has no service ${name}.`);
  const environment = Object.fromEntries(
    Object.entries(service.environment ?? {}).map(([variable, value]) => [
      variable,
      variable === `${name.toUpperCase()}_PORT` ? String(port) : (files[value] ?? localAddress(String(value), place)),
    ]),
  );
  const [program, ...args] = service.command;
  if (program !== 'node') throw new Error(`The service ${name} does not run node.`);
  return startProcess(args, environment);
}

function localAddress(value: string, { ports, redisUrl }: Place): string {
  if (/^\$\{(EXECUTOR|AUTOMATION)_ALLOWED_NETWORKS:-\}$/.test(value)) return '127.0.0.0/8';
  if (value === 'redis://redis:6379') return redisUrl;
  if (value === '0.0.0.0') return '127.0.0.1';
  return value.replace(/^http:\/\/([a-z]+):\d+$/, (address, service: string) => {
    const port = ports.get(service);
    return port === undefined ? address : `http://127.0.0.1:${port}`;
  });
}

async function waitUntilReady({ name, url, process }: { name: string; url: string; process: ProductProcess }) {
  let hasEnded = false;
  void process.exited.then(() => (hasEnded = true));
  const deadline = Date.now() + 60_000;
  for (;;) {
    const response = await fetch(`${url}/ready`).catch(() => undefined);
    await response?.arrayBuffer();
    if (response?.ok) return;
    if (hasEnded || Date.now() > deadline) throw new Error(`The service ${name} is not ready:\n${process.output()}`);
    await new Promise((again) => setTimeout(again, 50));
  }
}
