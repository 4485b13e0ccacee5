import type { Viewer } from '@opsconductor/authz';
import type { Transact } from '@opsconductor/events';
import type { Fleet } from '@opsconductor/fleet';
import type { PrismaClient } from '../generated/prisma/client.ts';
import type { Db } from './executions/eventLog.ts';
import type { Loaders } from './loaders.ts';
import type { HttpClient } from './outbound/httpClient.ts';
import type { Expressions } from './workflows/expressions/index.ts';

/** What one request has at hand. */
export interface Context {
  readonly viewer: Viewer;
  readonly requestId: string;
  readonly signal: AbortSignal;
  readonly prisma: PrismaClient;
  readonly transact: Transact<Db>;
  readonly fleet: Fleet;
  readonly clock: () => Date;
  readonly expressions: Expressions;
  /** For addresses that users name. */
  readonly http: HttpClient;
  readonly loaders: Loaders;
}
