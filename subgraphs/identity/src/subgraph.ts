import type { ApiKeyAnswer, ApiKeyQuestion } from '@opsconductor/authz';
import type { Transact } from '@opsconductor/events';
import { createSubgraph } from '@opsconductor/subgraph';
import type { Subgraph } from '@opsconductor/subgraph';
import type { Log } from '@opsconductor/telemetry';
import type { Vault } from '@opsconductor/vault';
import type { JWK } from 'jose';
import type { PrismaClient } from '../generated/prisma/client.ts';
import { createAddressHash } from './attempts/addressHash.ts';
import { createAttempts } from './attempts/attempts.ts';
import type { Context, Db } from './context.ts';
import { announceExpiry } from './apiKeys/announceExpiry.ts';
import { createKeyHash } from './apiKeys/keyHash.ts';
import { resolveApiKey } from './apiKeys/resolveApiKey.ts';
import { apiKeyResolvers } from './apiKeys/resolvers.ts';
import { openInstallation } from './installation/installation.ts';
import { openInstallationKey } from './installation/installationKey.ts';
import { createPasswordHasher } from './passwords/passwordHasher.ts';
import { createRefreshTokens } from './refreshTokens/refreshTokens.ts';
import { removeOldSessions } from './sessions/endSessions.ts';
import { sessionResolvers } from './sessions/resolvers.ts';
import { resolveSettings } from './settings.ts';
import type { IdentitySettings } from './settings.ts';
import { setupResolvers } from './setup/resolvers.ts';
import { issueSetupSecret } from './setup/setupSecret.ts';
import { createAccessTokens } from './tokens/accessTokens.ts';
import { createSigningKeys } from './tokens/signingKeys.ts';
import { startUpkeep } from './upkeep.ts';
import { createLoaders } from './users/loaders.ts';
import { userResolvers } from './users/resolvers.ts';

export interface IdentityDeps {
  readonly prisma: PrismaClient;
  readonly transact: Transact<Db>;
  readonly vault: Vault;
  readonly log: Log;
  readonly settings?: Partial<IdentitySettings>;
  readonly clock?: () => Date;
}

export interface Identity {
  readonly subgraph: Subgraph;
  /** The secret that the first administrator is created with, for the process to show; undefined once there is one. */
  readonly setupSecret: string | undefined;
  /** The public keys that access tokens are verified with (RFC 7517). */
  jwks(): Promise<{ keys: JWK[] }>;
  /** Whose API key this is, for routers. */
  resolveApiKey(question: ApiKeyQuestion): Promise<ApiKeyAnswer>;
  /** Replaces the key that signs access tokens, without a token that cannot be verified. */
  rotateSigningKeys(): Promise<void>;
  /** Rejects when the database does not answer or no token could be signed. */
  checkReady(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * The identity domain: who people are and how they prove it.
 * @throws {StartupFault} the root key is not this installation's, or a setting is below what is safe
 */
export async function createIdentity(deps: IdentityDeps): Promise<Identity> {
  const { prisma, transact, vault, log, clock = () => new Date() } = deps;
  const settings = resolveSettings(deps.settings);
  const passwords = await createPasswordHasher(settings.passwordHashing);
  const { addressKey } = await openInstallation(prisma, vault);
  const keys = createSigningKeys({
    prisma,
    vault,
    clock,
    tokenSeconds: settings.accessTokenSeconds,
    rotationDays: settings.signingKeyRotationDays,
  });
  const attempts = createAttempts(prisma, transact, clock);
  const doUpkeep = async (): Promise<void> => {
    await keys.keep();
    await attempts.forgetOld();
    await removeOldSessions(prisma, clock());
    await announceExpiry(transact, clock());
  };
  await doUpkeep();
  const setupSecret = await issueSetupSecret(prisma, settings.setupSecret);
  const keyHash = createKeyHash(await openInstallationKey(prisma, vault, 'apiKeyKey'));
  const shared = {
    prisma,
    transact,
    passwords,
    attempts,
    clock,
    hashAddress: createAddressHash(addressKey),
    tokens: createAccessTokens(keys, settings),
    refreshTokens: createRefreshTokens(await openInstallationKey(prisma, vault, 'refreshKey')),
    sessionLife: settings.sessionLife,
    keyHash,
    keyEnvironment: settings.keyEnvironment,
  };
  const subgraph = await createSubgraph<Context>({
    name: 'identity',
    resolvers,
    log,
    createContext: ({ viewer, requestId }) => ({ viewer, requestId, ...shared, loaders: createLoaders(prisma) }),
  });
  const upkeep = startUpkeep(log, doUpkeep);
  return {
    subgraph,
    setupSecret,
    jwks: () => keys.jwks(),
    resolveApiKey: (question) => resolveApiKey({ prisma, keyHash, clock }, question),
    rotateSigningKeys: () => keys.rotate(),
    async checkReady() {
      await prisma.$queryRaw`select 1`;
      await keys.getActive();
    },
    async stop() {
      await upkeep.stop();
      await subgraph.stop();
    },
  };
}

const resolvers = {
  Query: { ...setupResolvers.Query, ...sessionResolvers.Query, ...userResolvers.Query, ...apiKeyResolvers.Query },
  Mutation: {
    ...setupResolvers.Mutation,
    ...sessionResolvers.Mutation,
    ...userResolvers.Mutation,
    ...apiKeyResolvers.Mutation,
  },
  User: userResolvers.User,
  ApiKey: apiKeyResolvers.ApiKey,
};
