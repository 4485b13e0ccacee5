/** The router as a process of its own: environment -> clients -> router -> listen -> drain. */
import { readFileSync } from 'node:fs';
import { createAssertionSigner } from '@opsconductor/authz';
import { createPostgresWakeUps, createRedisWakeUps } from '@opsconductor/events';
import { createLog, createMetrics } from '@opsconductor/telemetry';
import { createAuthenticator } from './authentication/authenticator.ts';
import { createRemoteKeySet } from './authentication/remoteKeySet.ts';
import { readEnv } from './env.ts';
import type { RouterEnv } from './env.ts';
import { createRemoteDocument } from './http/remoteDocument.ts';
import { createLimits } from './limits/limits.ts';
import { createRouter } from './router.ts';
import { overHttp } from './transports/overHttp.ts';

const supergraph = new URL('../../schema/supergraph.graphql', import.meta.url);

try {
  await start(readEnv(process.env));
} catch (error) {
  process.stderr.write(`${sentenceOf(error)}\n`);
  process.exit(1);
}

async function start(env: RouterEnv): Promise<void> {
  const log = createLog('router', { level: env.logLevel });
  const createWakeUps = env.wakeUps.kind === 'redis' ? createRedisWakeUps : createPostgresWakeUps;
  const wakeUps = await createWakeUps({ url: env.wakeUps.url, log });
  const signAssertion = createAssertionSigner(env.assertionKey, 'router');
  const subgraphs = Object.fromEntries(
    Object.entries(env.subgraphUrls).map(([name, url]) => [name, overHttp({ name, url, signAssertion })]),
  );
  const authenticator = createAuthenticator({
    keys: createRemoteKeySet(env.jwksUrl),
    issuer: env.tokenIssuer,
    audience: env.tokenAudience,
  });
  const router = await createRouter({
    supergraphSdl: readFileSync(supergraph, 'utf8'),
    subgraphs,
    authenticate: (credential) => authenticator.authenticate(credential),
    publicKeys: createRemoteDocument(env.jwksUrl),
    wakeUps,
    limits: createLimits(),
    log,
    metrics: createMetrics(),
    settings: { allowedOrigins: env.allowedOrigins, trustedProxies: env.trustedProxies },
  });

  const stop = async (signal: string): Promise<void> => {
    log.info({ signal }, 'router.draining');
    await router.close();
    await Promise.all([wakeUps.close(), ...Object.values(subgraphs).map((subgraph) => subgraph.close())]);
    log.info({}, 'router.stopped');
  };
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => void stop(signal));

  const url = await router.listen({ host: env.host, port: env.port });
  if (env.metricsPort !== undefined) await router.listenForMetrics({ host: env.metricsHost, port: env.metricsPort });
  log.info({ url }, 'router.started');
}

function sentenceOf(error: unknown): string {
  const { code, port, message, cause } = error as NodeJS.ErrnoException & { port?: number };
  if (code === 'EADDRINUSE') return `Port ${port} is taken: set ROUTER_PORT (or ROUTER_METRICS_PORT) to a free one.`;
  return cause instanceof Error ? `${message} (${cause.message})` : message;
}
