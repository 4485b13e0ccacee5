import { may, requirePermission } from '@opsconductor/authz';
import { BadUserInput, isId, readPage } from '@opsconductor/subgraph';
import type { Connection, PageArguments } from '@opsconductor/subgraph';
import { Prisma } from '../../generated/prisma/client.ts';
import type { CredentialRelease, Target } from '../../generated/prisma/client.ts';
import type { Context } from '../context.ts';
import { pageOfTargets } from '../targets/targets.ts';
import { reachSql } from './effectiveCredentials.ts';

const PAGE_LIMIT = 100;

/** Newest first. @throws {BadUserInput} a page that is none */
export async function listUses(
  { viewer, prisma }: Context,
  credentialId: string,
  page: PageArguments,
): Promise<Connection<CredentialRelease>> {
  requirePermission(viewer, 'credential:read');
  return readPage(
    page,
    PAGE_LIMIT,
    ({ releasedAt, taskId, attempt }) => [releasedAt.toISOString(), taskId, attempt],
    (after, take) =>
      prisma.credentialRelease.findMany({
        where: { credentialId, ...(after && beforeUse(after)) },
        orderBy: [{ releasedAt: 'desc' }, { taskId: 'desc' }, { attempt: 'desc' }],
        take,
      }),
  );
}

function beforeUse([time, taskId, attempt]: readonly (string | number)[]): Prisma.CredentialReleaseWhereInput {
  const releasedAt = new Date(time ?? '');
  if (Number.isNaN(releasedAt.getTime()) || !isId(String(taskId)) || !Number.isInteger(attempt))
    throw new BadUserInput('after is not a cursor of this list.');
  return {
    releasedAt: { lte: releasedAt },
    OR: [
      { releasedAt: { lt: releasedAt } },
      { taskId: { lt: String(taskId) } },
      { taskId: String(taskId), attempt: { lt: Number(attempt) } },
    ],
  };
}

/** How many targets a credential signs in on at this moment. */
export async function countReach({ viewer, prisma }: Context, credentialId: string): Promise<number> {
  requirePermission(viewer, 'credential:read');
  const condition = await reachSql(prisma, credentialId);
  const [row] = await prisma.$queryRaw<{ count: number }[]>`
    select count(*)::int as count from targets t where t.deleted_at is null and ${condition}`;
  return row?.count ?? 0;
}

/** @returns null for who may not see targets @throws {BadUserInput} a page that is none */
export async function listReach(
  { viewer, prisma }: Context,
  credentialId: string,
  page: PageArguments,
): Promise<Connection<Target> | null> {
  requirePermission(viewer, 'credential:read');
  if (!may(viewer, 'target:read')) return null;
  return pageOfTargets(prisma, page, await reachSql(prisma, credentialId));
}
