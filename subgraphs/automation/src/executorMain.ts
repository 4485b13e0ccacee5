import { AssertionRejected, createAssertionSigner } from '@opsconductor/authz';
import { connect } from '@opsconductor/database';
import { connectWakeUps, createJobQueue } from '@opsconductor/events';
import { createFleetClient } from '@opsconductor/fleet';
import { Releases, runProcess } from '@opsconductor/process';
import { serveSubgraph } from '@opsconductor/subgraph';
import { createLog, createMetrics } from '@opsconductor/telemetry';
import { PrismaClient } from '../generated/prisma/client.ts';
import { startExecutor } from './engine/executor.ts';
import { readExecutorEnvironment } from './env.ts';
import { createExpressions } from './workflows/expressions/index.ts';

const log = createLog('executor', {
  level: process.env['LOG_LEVEL'] ?? 'info',
  destination: process.env['LOG_FILE'],
});

/** What may follow the grace time: stopping the commands, recording that, closing what is open. */
const LAST_STEPS_SECONDS = 20;
const BEAT_MS = 3_000;
let isOrphan = false;
// As a child of the standalone process: without the parent there is nobody to work for, and soon no database to tell.
process.on('disconnect', () => {
  isOrphan = true;
  process.kill(process.pid, 'SIGTERM');
});

await runProcess(log, async () => {
  const env = readExecutorEnvironment(process.env);
  const held = new Releases();
  const url = env.databaseUrl;
  const wakeUps = held.add(await connectWakeUps({ redisUrl: env.REDIS_URL, databaseUrl: url }, log), (it) =>
    it.close(),
  );
  const queue = held.add(await createJobQueue({ url, log, name: 'executor', supervise: true }), (it) => it.stop());
  const prisma = held.add(
    connect(PrismaClient, { url, schema: 'automation', applicationName: 'opsconductor executor', poolSize: 8 }),
    (it) => it.$disconnect(),
  );
  const sign = createAssertionSigner(env.EXECUTOR_ASSERTION_KEY, 'executor');
  const fleet = held.add(createFleetClient({ url: env.ASSETS_URL, sign }), (it) => it.close());
  held.add(
    await serveSubgraph({
      metrics: createMetrics(),
      host: env.EXECUTOR_HOST,
      port: env.EXECUTOR_PORT,
      routes: [],
      verifyAssertion: () => {
        throw new AssertionRejected('an executor answers nobody');
      },
      checkReady: async () => void (await prisma.$queryRaw`select 1`),
      log,
    }),
    (it) => it.close(),
  );
  const expressions = held.add(createExpressions(), (it) => it.close());
  held.add(
    await startExecutor({
      prisma,
      queue,
      wakeUps,
      fleet,
      log,
      allowedNetworks: env.EXECUTOR_ALLOWED_NETWORKS,
      shards: env.EXECUTOR_SHARDS,
      connecting: env.EXECUTOR_CONNECTING,
      expressions,
      labels: env.EXECUTOR_LABELS,
      name: env.EXECUTOR_NAME,
    }),
    (it) => it.stop(isOrphan ? 0 : env.EXECUTOR_STOP_GRACE_SECONDS * 1000),
  );
  process.send?.('ready');
  // To the standalone process, which ends an executor whose loop does not turn any more.
  const beat = setInterval(() => process.send?.('alive'), BEAT_MS);
  held.add(beat, async (it) => clearInterval(it));
  return Object.assign(() => held.releaseAll(), {
    withinSeconds: env.EXECUTOR_STOP_GRACE_SECONDS + LAST_STEPS_SECONDS,
  });
});
