/**
 * The whole platform in one process tree: the router with its four subgraphs called in-process, PostgreSQL of its own,
 * and executors as child processes. Nothing here is another code path: the same parts, wired by function calls.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PrismaClient as AssetsClient, createAssets } from '@opsconductor/assets';
import { createAssertionSigner, createAssertionVerifier, generateSigningKey, publicPart } from '@opsconductor/authz';
import { PrismaClient as AutomationClient, createAutomation, parseNetworks } from '@opsconductor/automation';
import { PrismaClient as CommunicationClient, createCommunication } from '@opsconductor/communication';
import { connect } from '@opsconductor/database';
import { connectWakeUps, createJobQueue, createTransact } from '@opsconductor/events';
import type { JobQueue, WakeUps } from '@opsconductor/events';
import { createFleetClient } from '@opsconductor/fleet';
import { PrismaClient as IdentityClient, createIdentity } from '@opsconductor/identity';
import type { Identity } from '@opsconductor/identity';
import { Releases, StartupFault } from '@opsconductor/process';
import { createAuthenticator, createLimits, createRouter, inProcess, readEdgeSettings } from '@opsconductor/router';
import { serveSubgraph } from '@opsconductor/subgraph';
import type { Subgraph } from '@opsconductor/subgraph';
import { createMetrics } from '@opsconductor/telemetry';
import type { Log } from '@opsconductor/telemetry';
import { createVault, openRootKey, parseRootKey } from '@opsconductor/vault';
import { createLocalJWKSet } from 'jose';
import type { StandaloneEnvironment } from './env.ts';
import { startExecutors } from './executors.ts';
import { requireFreePort } from './ports.ts';
import type { Progress } from './progress.ts';
import { openStorage } from './storage.ts';

export interface Platform {
  /** Where the router listens: `http://127.0.0.1:4000`. */
  readonly url: string;
  /** While there is no user: the secret that makes the first one. */
  readonly setupSecret: string | undefined;
  stop(): Promise<void>;
}

interface Foundation {
  readonly env: StandaloneEnvironment;
  readonly url: string;
  readonly queue: JobQueue;
  readonly wakeUps: WakeUps;
  readonly held: Releases;
  readonly log: Log;
}

/** @throws {StartupFault} with everything released that was acquired before */
export async function startPlatform(env: StandaloneEnvironment, progress: Progress, log: Log): Promise<Platform> {
  const held = new Releases();
  try {
    await requireFreePort(env.OPSCONDUCTOR_HOST, env.OPSCONDUCTOR_PORT);
    const url = await openStorage(env, held, progress, log);
    const { router, setupSecret } = await progress.step('Starting the router and its subgraphs', async () => {
      const foundation = await layFoundation(env, url, held, log);
      return startGraph(foundation);
    });
    return { url: router, setupSecret, stop: () => held.releaseAll() };
  } catch (error) {
    await held.releaseAll().catch((failure: unknown) => log.error({ err: failure }, 'process.release.failed'));
    throw error;
  }
}

async function layFoundation(env: StandaloneEnvironment, url: string, held: Releases, log: Log): Promise<Foundation> {
  const wakeUps = held.add(await connectWakeUps({ redisUrl: env.REDIS_URL, databaseUrl: url }, log), (it) =>
    it.close(),
  );
  const queue = held.add(await createJobQueue({ url, log, name: 'standalone', supervise: true }), (it) => it.stop());
  return { env, url, queue, wakeUps, held, log };
}

async function startGraph(foundation: Foundation): Promise<{ router: string; setupSecret: string | undefined }> {
  const { held } = foundation;
  // Made anew at each start: whoever has to trust them is started by this process too.
  const automationKey = generateSigningKey();
  const executorKey = generateSigningKey();
  const vault = createVault({ rootKey: readRootKey(foundation.env) });
  const assets = await startAssets(foundation, vault);
  const internal = held.add(
    await serveSubgraph({
      host: '127.0.0.1',
      port: 0,
      routes: assets.routes,
      verifyAssertion: createAssertionVerifier(
        [
          { issuer: 'automation', jwk: publicPart(automationKey) },
          { issuer: 'executor', jwk: publicPart(executorKey) },
        ],
        'assets',
      ),
      checkReady: () => assets.checkReady(),
      log: foundation.log,
    }),
    (it) => it.close(),
  );
  // Processes of their own, which start while this one does the rest.
  const executors = launchExecutors(foundation, internal.url, executorKey);
  const starting = [
    startIdentity(foundation, vault),
    startCommunication(foundation),
    startAutomation(foundation, internal.url, automationKey),
    executors,
  ] as const;
  // When one fails, the others are waited for: what they acquire has to be held before everything is released.
  await Promise.allSettled(starting);
  const [identity, communication, automation] = await Promise.all(starting);
  const router = await startRouter(foundation, identity, [
    identity.subgraph,
    assets.subgraph,
    automation.subgraph,
    communication.subgraph,
  ]);
  return { router, setupSecret: identity.setupSecret };
}

type Vault = ReturnType<typeof createVault>;
type SigningKey = ReturnType<typeof generateSigningKey>;

function readRootKey({ OPSCONDUCTOR_DATA_DIRECTORY, VAULT_ROOT_KEY }: StandaloneEnvironment) {
  if (VAULT_ROOT_KEY === undefined) return openRootKey(join(OPSCONDUCTOR_DATA_DIRECTORY, 'vault-root.key'));
  const key = parseRootKey(VAULT_ROOT_KEY);
  if (!key) throw new StartupFault('VAULT_ROOT_KEY is not the base64 of 32 bytes.');
  return key;
}

function options(schema: string, { url }: Foundation) {
  return { url, schema, applicationName: `opsconductor ${schema}`, poolSize: 8 };
}

async function startIdentity(foundation: Foundation, vault: Vault): Promise<Identity> {
  const { env, queue, wakeUps, held, log } = foundation;
  const prisma = held.add(connect(IdentityClient, options('identity', foundation)), (it) => it.$disconnect());
  const transact = createTransact(prisma, queue, wakeUps);
  const settings = { setupSecret: env.IDENTITY_SETUP_SECRET };
  return held.add(await createIdentity({ prisma, transact, vault, log, settings }), (it) => it.stop());
}

async function startCommunication(foundation: Foundation) {
  const { queue, wakeUps, held, log } = foundation;
  const prisma = held.add(connect(CommunicationClient, options('communication', foundation)), (it) => it.$disconnect());
  const transact = createTransact(prisma, queue, wakeUps);
  return held.add(await createCommunication({ prisma, queue, wakeUps, transact, log }), (it) => it.stop());
}

async function startAssets(foundation: Foundation, vault: Vault) {
  const { queue, wakeUps, held, log } = foundation;
  const prisma = held.add(connect(AssetsClient, options('assets', foundation)), (it) => it.$disconnect());
  const transact = createTransact(prisma, queue, wakeUps);
  return held.add(await createAssets({ prisma, transact, vault, log }), (it) => it.stop());
}

async function startAutomation(foundation: Foundation, assetsUrl: string, key: SigningKey) {
  const { env, queue, wakeUps, held, log } = foundation;
  const prisma = held.add(connect(AutomationClient, options('automation', foundation)), (it) => it.$disconnect());
  const sign = createAssertionSigner(key, 'automation');
  const fleet = held.add(createFleetClient({ url: assetsUrl, sign }), (it) => it.close());
  const allowedNetworks = parseNetworks(env.AUTOMATION_ALLOWED_NETWORKS.split(',').filter(Boolean));
  const deps = { prisma, queue, wakeUps, fleet, log, allowedNetworks };
  return held.add(await createAutomation(deps), (it) => it.stop());
}

async function startRouter(
  { env, wakeUps, held, log }: Foundation,
  identity: Identity,
  subgraphs: readonly Subgraph[],
) {
  const router = held.add(
    await createRouter({
      supergraphSdl: readFileSync(new URL('../../schema/supergraph.graphql', import.meta.url), 'utf8'),
      contracts: { partner: readFileSync(new URL('../../schema/partner.graphql', import.meta.url), 'utf8') },
      subgraphs: Object.fromEntries(subgraphs.map((subgraph) => [subgraph.name, inProcess(subgraph)])),
      authenticate: createAuthenticator({
        keys: async (header, token) => createLocalJWKSet(await identity.jwks())(header, token),
        issuer: 'opsconductor',
        audience: 'opsconductor',
        resolveApiKey: (question) => identity.resolveApiKey(question),
      }).authenticate,
      publicKeys: () => identity.jwks(),
      wakeUps,
      log,
      limits: createLimits(),
      metrics: createMetrics(),
      redisUrl: env.REDIS_URL,
      settings: { ...readEdgeSettings(env), allowedOrigins: env.ROUTER_ALLOWED_ORIGINS.split(',').filter(Boolean) },
    }),
    (it) => it.close(),
  );
  const metricsPort = env.OPSCONDUCTOR_METRICS_PORT;
  if (metricsPort !== undefined) await router.listenForMetrics({ host: '127.0.0.1', port: metricsPort });
  return router.listen({ host: env.OPSCONDUCTOR_HOST, port: env.OPSCONDUCTOR_PORT });
}

async function launchExecutors({ env, url, held, log }: Foundation, assetsUrl: string, key: SigningKey): Promise<void> {
  const environment = {
    PATH: env.PATH,
    NODE_COMPILE_CACHE: env.NODE_COMPILE_CACHE,
    DATABASE_URL: url,
    ...(env.REDIS_URL && { REDIS_URL: env.REDIS_URL }),
    ASSETS_URL: assetsUrl,
    EXECUTOR_ASSERTION_KEY: JSON.stringify(key),
    EXECUTOR_ALLOWED_NETWORKS: env.EXECUTOR_ALLOWED_NETWORKS,
    LOG_LEVEL: env.LOG_LEVEL,
    LOG_FILE: logFile(env),
  };
  held.add(await startExecutors(env.OPSCONDUCTOR_EXECUTORS, environment, log), (it) => it.stop());
}

export function logFile({ OPSCONDUCTOR_DATA_DIRECTORY }: StandaloneEnvironment): string {
  return join(OPSCONDUCTOR_DATA_DIRECTORY, 'opsconductor.log');
}
