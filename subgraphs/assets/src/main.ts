import { createAssertionVerifier } from '@opsconductor/authz';
import { connect } from '@opsconductor/database';
import { connectWakeUps, createJobQueue, createTransact } from '@opsconductor/events';
import { Releases, runProcess } from '@opsconductor/process';
import { graphqlRoute, serveSubgraph } from '@opsconductor/subgraph';
import { createLog, createMetrics } from '@opsconductor/telemetry';
import { createVault } from '@opsconductor/vault';
import { PrismaClient } from '../generated/prisma/client.ts';
import type { Db } from './context.ts';
import { readAssetsEnvironment } from './env.ts';
import { createAssets } from './subgraph.ts';

const log = createLog('assets', { level: process.env['LOG_LEVEL'] ?? 'info' });

await runProcess(log, async () => {
  const env = readAssetsEnvironment(process.env);
  const held = new Releases();
  const url = env.databaseUrl;
  const wakeUps = held.add(await connectWakeUps({ redisUrl: env.REDIS_URL, databaseUrl: url }, log), (it) =>
    it.close(),
  );
  const queue = held.add(await createJobQueue({ url, log, name: 'assets', supervise: false }), (it) => it.stop());
  const prisma = held.add(
    connect(PrismaClient, { url, schema: 'assets', applicationName: 'opsconductor assets', poolSize: 10 }),
    (it) => it.$disconnect(),
  );
  const transact = createTransact<Db>(prisma, queue, wakeUps);
  const vault = createVault({ rootKey: env.VAULT_ROOT_KEY });
  const assets = held.add(await createAssets({ prisma, transact, vault, log }), (it) => it.stop());
  held.add(
    await serveSubgraph({
      metrics: createMetrics(),
      host: env.ASSETS_HOST,
      port: env.ASSETS_PORT,
      routes: [graphqlRoute(assets.subgraph), ...assets.routes],
      verifyAssertion: createAssertionVerifier(env.TRUSTED_ASSERTION_KEYS, 'assets'),
      checkReady: () => assets.checkReady(),
      log,
    }),
    (it) => it.close(),
  );
  return () => held.releaseAll();
});
