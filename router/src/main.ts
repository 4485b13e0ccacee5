/** The router as a process of its own: environment -> clients -> router -> listen -> drain. */
import { readFileSync } from 'node:fs';
import { createAssertionSigner } from '@opsconductor/authz';
import { createPostgresWakeUps, createRedisWakeUps } from '@opsconductor/events';
import { Releases, runProcess } from '@opsconductor/process';
import { createLog, createMetrics } from '@opsconductor/telemetry';
import { createAuthenticator } from './authentication/authenticator.ts';
import { createRemoteApiKeys } from './authentication/remoteApiKeys.ts';
import { createRemoteKeySet } from './authentication/remoteKeySet.ts';
import { readRouterEnvironment } from './env.ts';
import { createRemoteDocument } from './http/remoteDocument.ts';
import { createLimits } from './limits/limits.ts';
import { createRouter } from './router.ts';
import { overHttp } from './transports/overHttp.ts';

const log = createLog('router', { level: process.env['LOG_LEVEL'] ?? 'info' });

await runProcess(log, async () => {
  const env = readRouterEnvironment(process.env);
  const held = new Releases();
  const signAssertion = createAssertionSigner(env.assertionKey, 'router');
  const subgraphs = Object.fromEntries(
    Object.entries(env.subgraphUrls).map(([name, url]) => [
      name,
      held.add(overHttp({ name, urls: [`${url.replace(/\/$/, '')}/graphql`], signAssertion }), (it) => it.close()),
    ]),
  );
  const createWakeUps = env.wakeUps.kind === 'redis' ? createRedisWakeUps : createPostgresWakeUps;
  const wakeUps = held.add(await createWakeUps({ url: env.wakeUps.url, log }), (it) => it.close());
  const apiKeys = held.add(createRemoteApiKeys(env.subgraphUrls.identity, signAssertion), (it) => it.close());
  const { authenticate } = createAuthenticator({
    keys: createRemoteKeySet(env.jwksUrl),
    issuer: env.tokenIssuer,
    audience: env.tokenAudience,
    resolveApiKey: apiKeys.resolve,
  });
  const router = held.add(
    await createRouter({
      supergraphSdl: readFileSync(new URL('../../schema/supergraph.graphql', import.meta.url), 'utf8'),
      contracts: { partner: readFileSync(new URL('../../schema/partner.graphql', import.meta.url), 'utf8') },
      subgraphs,
      authenticate,
      publicKeys: createRemoteDocument(env.jwksUrl),
      wakeUps,
      limits: createLimits(),
      log,
      metrics: createMetrics(),
      redisUrl: env.redisUrl,
      settings: { ...env.edge, allowedOrigins: env.allowedOrigins, trustedProxies: env.trustedProxies },
    }),
    (it) => it.close(),
  );
  const url = await router.listen({ host: env.host, port: env.port });
  if (env.metricsPort !== undefined) await router.listenForMetrics({ host: env.metricsHost, port: env.metricsPort });
  log.info({ url }, 'router.listening');
  return () => held.releaseAll();
});
