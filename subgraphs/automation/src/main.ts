import { createAssertionSigner, createAssertionVerifier } from '@opsconductor/authz';
import { connect } from '@opsconductor/database';
import { connectWakeUps, createJobQueue } from '@opsconductor/events';
import { createFleetClient } from '@opsconductor/fleet';
import { Releases, runProcess } from '@opsconductor/process';
import { graphqlRoute, serveSubgraph } from '@opsconductor/subgraph';
import { createLog, createMetrics } from '@opsconductor/telemetry';
import { PrismaClient } from '../generated/prisma/client.ts';
import { readAutomationEnvironment } from './env.ts';
import { createAutomation } from './subgraph.ts';

const log = createLog('automation', { level: process.env['LOG_LEVEL'] ?? 'info' });

await runProcess(log, async () => {
  const env = readAutomationEnvironment(process.env);
  const held = new Releases();
  const url = env.databaseUrl;
  const wakeUps = held.add(await connectWakeUps({ redisUrl: env.REDIS_URL, databaseUrl: url }, log), (it) =>
    it.close(),
  );
  const queue = held.add(await createJobQueue({ url, log, name: 'automation', supervise: true }), (it) => it.stop());
  const prisma = held.add(
    connect(PrismaClient, { url, schema: 'automation', applicationName: 'opsconductor automation', poolSize: 10 }),
    (it) => it.$disconnect(),
  );
  const sign = createAssertionSigner(env.AUTOMATION_ASSERTION_KEY, 'automation');
  const fleet = held.add(createFleetClient({ url: env.ASSETS_URL, sign }), (it) => it.close());
  const automation = held.add(
    await createAutomation({ prisma, queue, wakeUps, fleet, log, allowedNetworks: env.AUTOMATION_ALLOWED_NETWORKS }),
    (it) => it.stop(),
  );
  held.add(
    await serveSubgraph({
      metrics: createMetrics(),
      host: env.AUTOMATION_HOST,
      port: env.AUTOMATION_PORT,
      routes: [graphqlRoute(automation.subgraph)],
      verifyAssertion: createAssertionVerifier(env.TRUSTED_ASSERTION_KEYS, 'automation'),
      checkReady: () => automation.checkReady(),
      log,
    }),
    (it) => it.close(),
  );
  return () => held.releaseAll();
});
