import { requirePermission, requireUser } from '@opsconductor/authz';
import { BadUserInput, isId, readPage } from '@opsconductor/subgraph';
import type { Connection, PageArguments } from '@opsconductor/subgraph';
import type { Context } from '../context.ts';
import { withoutHash } from './account.ts';
import type { Account } from './account.ts';

const PAGE_LIMIT = 100;

/** @returns null when there is none */
export async function findUser({ viewer, loaders }: Context, id: string): Promise<Account | null> {
  requirePermission(viewer, 'user:read');
  return isId(id) ? loaders.user.load(id) : null;
}

/** A user that another part of the graph points to. Everyone who is signed in may know the name. */
export async function findReferencedUser({ viewer, loaders }: Context, id: string): Promise<Account | null> {
  requireUser(viewer);
  return isId(id) ? loaders.user.load(id) : null;
}

/** By name. */
export async function listUsers({ viewer, prisma }: Context, page: PageArguments): Promise<Connection<Account>> {
  requirePermission(viewer, 'user:read');
  return readPage(
    page,
    PAGE_LIMIT,
    ({ name, id }) => [name, id],
    (after, take) =>
      prisma.user.findMany({
        ...(after && { where: isAfter(after) }),
        orderBy: [{ name: 'asc' }, { id: 'asc' }],
        omit: withoutHash,
        take,
      }),
  );
}

/** @throws {BadUserInput} */
function isAfter([name, id]: readonly (string | number)[]) {
  if (typeof name !== 'string' || name.includes('\0') || typeof id !== 'string' || !isId(id))
    throw new BadUserInput('after is not a cursor of this list.');
  return { OR: [{ name: { gt: name } }, { name, id: { gt: id } }] };
}
