import type { Viewer } from '@opsconductor/authz';
import type { Transact } from '@opsconductor/events';
import type { Prisma, PrismaClient } from '../generated/prisma/client.ts';
import type { HashAddress } from './attempts/addressHash.ts';
import type { Attempts } from './attempts/attempts.ts';
import type { PasswordHasher } from './passwords/passwordHasher.ts';
import type { KeyHash } from './apiKeys/keyHash.ts';
import type { RefreshTokens } from './refreshTokens/refreshTokens.ts';
import type { SessionLife } from './sessions/sessionLife.ts';
import type { AccessTokens } from './tokens/accessTokens.ts';
import type { Loaders } from './users/loaders.ts';

/** The domain's client inside a transaction. */
export type Db = Prisma.TransactionClient;

/** What one request has at hand. */
export interface Context {
  readonly viewer: Viewer;
  readonly requestId: string;
  readonly prisma: PrismaClient;
  readonly transact: Transact<Db>;
  readonly passwords: PasswordHasher;
  readonly attempts: Attempts;
  readonly hashAddress: HashAddress;
  readonly tokens: AccessTokens;
  readonly refreshTokens: RefreshTokens;
  readonly sessionLife: SessionLife;
  readonly keyHash: KeyHash;
  /** Stands in API keys, so that one of a test installation is seen to be one. */
  readonly keyEnvironment: string;
  readonly clock: () => Date;
  readonly loaders: Loaders;
}
