import { requirePermission } from '@opsconductor/authz';
import type { Executor } from '../../generated/prisma/client.ts';
import type { ExecutorStatus } from '../../generated/graphql.ts';
import type { Context } from '../context.ts';
import { SILENT_AFTER_MS } from './registration.ts';

const SHOWN_FOR_MS = 60 * 60 * 1_000;
const SHOWN = 500;

export type ExecutorState = Executor & { readonly status: ExecutorStatus };

/** Those that have been heard of in the last hour. */
export async function listExecutors({ viewer, prisma, clock }: Context): Promise<ExecutorState[]> {
  requirePermission(viewer, 'execution:read');
  const now = clock();
  const rows = await prisma.executor.findMany({
    where: { lastSeenAt: { gt: new Date(now.getTime() - SHOWN_FOR_MS) } },
    orderBy: [{ name: 'asc' }, { id: 'asc' }],
    take: SHOWN,
  });
  return rows.map((row) => ({ ...row, status: statusOf(row, now) }));
}

function statusOf({ stoppedAt, isDraining, lastSeenAt }: Executor, now: Date): ExecutorStatus {
  if (stoppedAt) return 'STOPPED';
  if (now.getTime() - lastSeenAt.getTime() > SILENT_AFTER_MS) return 'SILENT';
  return isDraining ? 'DRAINING' : 'ONLINE';
}
