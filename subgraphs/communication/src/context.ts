import type { Viewer } from '@opsconductor/authz';
import type { Prisma, PrismaClient } from '../generated/prisma/client.ts';
import type { Loaders } from './audit/loaders.ts';

/** The domain's client inside a transaction. */
export type Db = Prisma.TransactionClient;

/** What one request has at hand. */
export interface Context {
  readonly viewer: Viewer;
  readonly requestId: string;
  readonly prisma: PrismaClient;
  readonly loaders: Loaders;
}
