import { requirePermission } from '@opsconductor/authz';
import { isId, readId, readPage } from '@opsconductor/subgraph';
import type { Connection, PageArguments } from '@opsconductor/subgraph';
import type { Execution, Step, Task } from '../../generated/prisma/client.ts';
import type { ExecutionStatus, TaskStatus } from '../../generated/prisma/enums.ts';
import type { ExecutionFilter } from '../../generated/graphql.ts';
import type { Context } from '../context.ts';
import { whereOf } from '../history/executionFilter.ts';

const PAGE_LIMIT = 100;

/** @returns null when there is none: what may not be seen does not exist */
export async function findExecution({ viewer, loaders }: Context, id: string): Promise<Execution | null> {
  requirePermission(viewer, 'execution:read');
  const known = readId(id);
  return known ? loaders.execution.load(known) : null;
}

export async function findTask({ viewer, loaders }: Context, id: string): Promise<Task | null> {
  requirePermission(viewer, 'execution:read');
  const known = readId(id);
  return known ? loaders.task.load(known) : null;
}

/** Newest first. */
export async function listExecutions(
  { viewer, prisma }: Context,
  { filter, ...page }: PageArguments & { readonly filter?: ExecutionFilter | null | undefined },
  status?: ExecutionStatus | null,
): Promise<Connection<Execution>> {
  requirePermission(viewer, 'execution:read');
  const matching = whereOf(filter);
  return readPage(
    page,
    PAGE_LIMIT,
    ({ id }) => [id],
    (after, take) =>
      prisma.execution.findMany({
        where: { AND: [matching, { ...(status && { status }), ...(after && { id: { lt: idOf(after[0]) } }) }] },
        orderBy: { id: 'desc' },
        take,
      }),
  );
}

export async function findStep({ viewer, loaders }: Context, id: string): Promise<Step | null> {
  requirePermission(viewer, 'execution:read');
  const known = readId(id);
  return known ? loaders.step.load(known) : null;
}

export async function findExecutionOfStep(context: Context, stepId: string): Promise<Execution | null> {
  const step = await findStep(context, stepId);
  return step && context.loaders.execution.load(step.executionId);
}

/** In the order in which they were begun. */
export async function listSteps(
  { viewer, prisma }: Context,
  executionId: string,
  page: PageArguments,
  nodeId?: string | null,
): Promise<Connection<Step>> {
  requirePermission(viewer, 'execution:read');
  return readPage(
    page,
    PAGE_LIMIT,
    ({ id }) => [id],
    (after, take) =>
      prisma.step.findMany({
        where: { executionId, ...(nodeId != null && { nodeId }), ...(after && { id: { gt: idOf(after[0]) } }) },
        orderBy: { id: 'asc' },
        take,
      }),
  );
}

/** By target name. */
export async function listTasks(
  { viewer, prisma }: Context,
  of: { readonly executionId: string } | { readonly stepId: string },
  page: PageArguments,
  status?: TaskStatus | null,
): Promise<Connection<Task>> {
  requirePermission(viewer, 'execution:read');
  return readPage(
    page,
    PAGE_LIMIT,
    ({ targetName, id }) => [targetName, id],
    (after, take) =>
      prisma.task.findMany({
        where: {
          ...of,
          ...(status && { status }),
          ...(after && {
            OR: [
              { targetName: { gt: String(after[0]) } },
              { targetName: String(after[0]), id: { gt: idOf(after[1]) } },
            ],
          }),
        },
        orderBy: [{ targetName: 'asc' }, { id: 'asc' }],
        take,
      }),
  );
}

export async function findLastExecution({ viewer, loaders }: Context, targetId: string): Promise<Execution | null> {
  requirePermission(viewer, 'execution:read');
  const known = readId(targetId);
  const executionId = known ? await loaders.lastExecutionId.load(known) : null;
  return executionId === null ? null : loaders.execution.load(executionId);
}

/** A cursor that someone has made up names nothing: no page starts after it. */
function idOf(part: string | number | undefined): string {
  return typeof part === 'string' && isId(part) ? part : '00000000-0000-0000-0000-000000000000';
}
