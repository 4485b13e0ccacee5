import { requirePermission } from '@opsconductor/authz';
import { BadUserInput, readId, readPage } from '@opsconductor/subgraph';
import type { Connection, PageArguments } from '@opsconductor/subgraph';
import type { Credential } from '../../generated/prisma/client.ts';
import type { Context, Db } from '../context.ts';
import { afterName, byName, nameKeyOf } from '../input/nameOrder.ts';
import { isPrintable } from '../input/text.ts';

const PAGE_LIMIT = 100;

/** @returns null when there is none */
export async function findCredential({ viewer, loaders }: Context, id: string): Promise<Credential | null> {
  requirePermission(viewer, 'credential:read');
  const known = readId(id);
  return known === undefined ? null : loaders.credential.load(known);
}

/**
 * By name.
 * @throws {BadUserInput} a page or a folder that is none
 */
export async function listCredentials(
  { viewer, prisma }: Context,
  { folder, ...page }: PageArguments & { folder?: string | null | undefined },
): Promise<Connection<Credential>> {
  requirePermission(viewer, 'credential:read');
  if (folder != null && !(folder.startsWith('/') && isPrintable(folder)))
    throw new BadUserInput('folder is no path of a folder.');
  const top = folder == null ? undefined : folder.replace(/\/+$/, '');
  return readPage(page, PAGE_LIMIT, nameKeyOf, (after, take) =>
    prisma.credential.findMany({
      where: {
        AND: [
          after ? afterName(after) : {},
          top ? { OR: [{ folder: top }, { folder: { startsWith: `${top}/` } }] } : {},
        ],
      },
      orderBy: byName,
      take,
    }),
  );
}

/** Locks a credential until the transaction ends. @returns undefined when there is none */
export async function lockCredential(db: Db, id: string): Promise<Credential | undefined> {
  const known = readId(id);
  if (known === undefined) return undefined;
  const rows = await db.$queryRaw<{ id: string }[]>`select id from credentials where id = ${known}::uuid for update`;
  return rows.length === 0 ? undefined : db.credential.findUniqueOrThrow({ where: { id: known } });
}
