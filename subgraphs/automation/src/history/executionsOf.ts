import { requirePermission } from '@opsconductor/authz';
import { isId, readId, readPage } from '@opsconductor/subgraph';
import type { Connection, PageArguments } from '@opsconductor/subgraph';
import type { Execution } from '../../generated/prisma/client.ts';
import type { Context } from '../context.ts';
import type { ExecutionOwner } from './loaders.ts';

const PAGE_LIMIT = 100;
const NO_ID = '00000000-0000-0000-0000-000000000000';

/** Executions of a target, a user or a job, newest first. */
export async function listExecutionsOf(
  { viewer, loaders }: Context,
  owner: ExecutionOwner,
  named: string,
  page: PageArguments,
): Promise<Connection<Execution>> {
  requirePermission(viewer, 'execution:read');
  const id = readId(named) ?? NO_ID;
  return readPage(
    page,
    PAGE_LIMIT,
    (execution) => [execution.id],
    async (after, limit) => {
      const before = after && (isId(String(after[0])) ? String(after[0]) : NO_ID);
      const ids = await loaders.ownedExecutionIds.load({ owner, id, before, limit });
      const executions = await loaders.execution.loadMany(ids);
      return executions.filter(
        (execution): execution is Execution => !(execution instanceof Error) && execution !== null,
      );
    },
  );
}
