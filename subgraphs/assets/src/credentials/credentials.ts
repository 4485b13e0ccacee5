import { requirePermission } from '@opsconductor/authz';
import { readPage } from '@opsconductor/subgraph';
import type { Connection, PageArguments } from '@opsconductor/subgraph';
import type { Context } from '../context.ts';
import { readId } from '@opsconductor/subgraph';
import { afterName, byName, nameKeyOf } from '../input/nameOrder.ts';
import type { PublicCredential } from './loaders.ts';

const PAGE_LIMIT = 100;

/** @returns null when there is none */
export async function findCredential({ viewer, loaders }: Context, id: string): Promise<PublicCredential | null> {
  requirePermission(viewer, 'credential:read');
  const known = readId(id);
  return known === undefined ? null : loaders.credential.load(known);
}

/**
 * By name.
 * @throws {BadUserInput} a page that is none
 */
export async function listCredentials(
  { viewer, prisma }: Context,
  page: PageArguments,
): Promise<Connection<PublicCredential>> {
  requirePermission(viewer, 'credential:read');
  return readPage(page, PAGE_LIMIT, nameKeyOf, (after, take) =>
    prisma.credential.findMany({ where: after ? afterName(after) : {}, orderBy: byName, take, omit: { sealed: true } }),
  );
}
