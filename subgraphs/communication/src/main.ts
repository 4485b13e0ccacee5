import { createAssertionVerifier } from '@opsconductor/authz';
import { connect } from '@opsconductor/database';
import { connectWakeUps, createJobQueue, createTransact } from '@opsconductor/events';
import { Releases, runProcess } from '@opsconductor/process';
import { graphqlRoute, serveSubgraph } from '@opsconductor/subgraph';
import { createLog, createMetrics } from '@opsconductor/telemetry';
import { PrismaClient } from '../generated/prisma/client.ts';
import { readCommunicationEnvironment } from './env.ts';
import { createCommunication } from './subgraph.ts';

const log = createLog('communication', { level: process.env['LOG_LEVEL'] ?? 'info' });

await runProcess(log, async () => {
  const env = readCommunicationEnvironment(process.env);
  const held = new Releases();
  const url = env.databaseUrl;
  const verifyAssertion = createAssertionVerifier(env.TRUSTED_ASSERTION_KEYS, 'communication');
  const wakeUps = held.add(await connectWakeUps({ redisUrl: env.REDIS_URL, databaseUrl: url }, log), (it) =>
    it.close(),
  );
  const queue = held.add(await createJobQueue({ url, log, name: 'communication', supervise: true }), (it) => it.stop());
  const prisma = held.add(
    connect(PrismaClient, {
      url,
      schema: 'communication',
      applicationName: 'opsconductor communication',
      poolSize: 10,
    }),
    (it) => it.$disconnect(),
  );
  const transact = createTransact(prisma, queue, wakeUps);
  const communication = held.add(await createCommunication({ prisma, queue, wakeUps, transact, log }), (it) =>
    it.stop(),
  );
  const server = held.add(
    await serveSubgraph({
      metrics: createMetrics(),
      host: env.COMMUNICATION_HOST,
      port: env.COMMUNICATION_PORT,
      routes: [graphqlRoute(communication.subgraph)],
      verifyAssertion,
      checkReady: () => communication.checkReady(),
      log,
    }),
    (it) => it.close(),
  );
  log.info({ url: server.url }, 'subgraph.listening');
  return () => held.releaseAll();
});
