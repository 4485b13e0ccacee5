import { createAssertionVerifier } from '@opsconductor/authz';
import { connect } from '@opsconductor/database';
import { connectWakeUps, createJobQueue, createTransact } from '@opsconductor/events';
import { Releases, runProcess } from '@opsconductor/process';
import { graphqlRoute, serveSubgraph } from '@opsconductor/subgraph';
import { createLog, createMetrics } from '@opsconductor/telemetry';
import { createVault } from '@opsconductor/vault';
import { PrismaClient } from '../generated/prisma/client.ts';
import { readIdentityEnvironment } from './env.ts';
import type { IdentityEnvironment } from './env.ts';
import type { IdentitySettings } from './settings.ts';
import { apiKeyRoute } from './apiKeys/route.ts';
import { createIdentity } from './subgraph.ts';

const log = createLog('identity', { level: process.env['LOG_LEVEL'] ?? 'info' });

await runProcess(log, async () => {
  const env = readIdentityEnvironment(process.env);
  const held = new Releases();
  const url = env.databaseUrl;
  const verifyAssertion = createAssertionVerifier(env.TRUSTED_ASSERTION_KEYS, 'identity');
  const wakeUps = held.add(await connectWakeUps({ redisUrl: env.REDIS_URL, databaseUrl: url }, log), (it) =>
    it.close(),
  );
  const queue = held.add(await createJobQueue({ url, log, name: 'identity', supervise: true }), (it) => it.stop());
  const prisma = held.add(
    connect(PrismaClient, { url, schema: 'identity', applicationName: 'opsconductor identity', poolSize: 10 }),
    (it) => it.$disconnect(),
  );
  const identity = held.add(
    await createIdentity({
      prisma,
      transact: createTransact(prisma, queue, wakeUps),
      vault: createVault({ rootKey: env.VAULT_ROOT_KEY }),
      log,
      settings: toSettings(env),
    }),
    (it) => it.stop(),
  );
  const server = held.add(
    await serveSubgraph({
      metrics: createMetrics(),
      host: env.IDENTITY_HOST,
      port: env.IDENTITY_PORT,
      routes: [graphqlRoute(identity.subgraph), apiKeyRoute(identity)],
      documents: { '/.well-known/jwks.json': () => identity.jwks() },
      verifyAssertion,
      checkReady: () => identity.checkReady(),
      log,
    }),
    (it) => it.close(),
  );
  log.info({ url: server.url }, 'subgraph.listening');
  if (identity.setupSecret !== undefined) tellSetupSecret(identity.setupSecret, env);
  return () => held.releaseAll();
});

/** One that the operator has chosen is not repeated: what is printed is often kept. */
function tellSetupSecret(secret: string, { IDENTITY_SETUP_SECRET }: IdentityEnvironment): void {
  process.stdout.write(
    IDENTITY_SETUP_SECRET === undefined
      ? `There is no administrator yet. Create the first one with completeSetup and this one-time set-up secret: ${secret}\n`
      : 'There is no administrator yet. Create the first one with the set-up secret of IDENTITY_SETUP_SECRET.\n',
  );
}

function toSettings(env: IdentityEnvironment): Partial<IdentitySettings> {
  return {
    issuer: env.IDENTITY_TOKEN_ISSUER,
    audience: env.IDENTITY_TOKEN_AUDIENCE,
    accessTokenSeconds: env.IDENTITY_ACCESS_TOKEN_SECONDS,
    sessionLife: {
      idleSeconds: env.IDENTITY_SESSION_IDLE_HOURS * 3600,
      longestSeconds: env.IDENTITY_SESSION_LONGEST_HOURS * 3600,
    },
    keyEnvironment: env.IDENTITY_API_KEY_ENVIRONMENT,
    signingKeyRotationDays: env.IDENTITY_SIGNING_KEY_ROTATION_DAYS,
    passwordHashing: {
      memoryKib: env.IDENTITY_PASSWORD_HASH_MEMORY_KIB,
      passes: env.IDENTITY_PASSWORD_HASH_PASSES,
      lanes: 1,
    },
    setupSecret: env.IDENTITY_SETUP_SECRET,
  };
}
