import { requirePermission } from '@opsconductor/authz';
import { BadUserInput, isId, readId, readPage } from '@opsconductor/subgraph';
import type { Connection, PageArguments } from '@opsconductor/subgraph';
import type { Approval, Prisma } from '../../generated/prisma/client.ts';
import type { ApprovalStatus } from '../../generated/prisma/enums.ts';
import type { Context } from '../context.ts';
import { rolesHeldBy } from './approvers.ts';

const PAGE_LIMIT = 100;

/** @returns null when there is none, or its job is in a folder that the viewer may not see */
export async function findApproval({ viewer, prisma, loaders }: Context, id: string): Promise<Approval | null> {
  requirePermission(viewer, 'execution:read');
  const known = readId(id);
  const approval = known === undefined ? null : await loaders.approval.load(known);
  if (!approval?.jobId) return approval;
  const job = await prisma.job.findUnique({ where: { id: approval.jobId }, select: { folderId: true } });
  return !job || (await loaders.folderTree()).may(job.folderId, 'READ') ? approval : null;
}

/**
 * Newest first.
 * @param forMe only those that wait for a decision of the viewer
 */
export async function listApprovals(
  context: Context,
  page: PageArguments,
  {
    status,
    forMe,
  }: { readonly status?: ApprovalStatus | null | undefined; readonly forMe?: boolean | null | undefined },
): Promise<Connection<Approval>> {
  requirePermission(context.viewer, 'execution:read');
  const conditions = [await inVisibleFolders(context), ...(forMe === true ? waitingFor(context) : [])];
  return readPage(
    page,
    PAGE_LIMIT,
    ({ id }) => [id],
    (after, take) =>
      context.prisma.approval.findMany({
        where: { ...(status && { status }), ...(after && { id: { lt: idOf(after[0]) } }), AND: conditions },
        orderBy: { id: 'desc' },
        take,
      }),
  );
}

async function inVisibleFolders({ loaders }: Context): Promise<Prisma.ApprovalWhereInput> {
  const tree = await loaders.folderTree();
  const hidden = tree.folders.map(({ id }) => id).filter((id) => !tree.may(id, 'READ'));
  return hidden.length === 0 ? {} : { OR: [{ jobId: null }, { job: { folderId: { notIn: hidden } } }] };
}

/** What `objectionTo` and `isOver` say, as a condition. */
function waitingFor({ viewer, clock }: Context): Prisma.ApprovalWhereInput[] {
  const user = requirePermission(viewer, 'approval:decide');
  return [
    { status: 'PENDING', OR: [{ expiresAt: null }, { expiresAt: { gt: clock() } }] },
    { OR: [{ requestedById: { not: user.userId } }, { mayRequesterApprove: true }] },
    { OR: [{ approverRoles: { isEmpty: true } }, { approverRoles: { hasSome: rolesHeldBy(user) } }] },
    { decisions: { none: { userId: user.userId } } },
  ];
}

function idOf(part: string | number | undefined): string {
  if (typeof part !== 'string' || !isId(part)) throw new BadUserInput('after is not a cursor of this list.');
  return part;
}
