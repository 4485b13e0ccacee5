import { requirePermission } from '@opsconductor/authz';
import { BadUserInput, readId, readPage } from '@opsconductor/subgraph';
import type { Connection, PageArguments } from '@opsconductor/subgraph';
import { parseFilter } from '@opsconductor/target-filter';
import type { Target, TargetGroup } from '../../generated/prisma/client.ts';
import type { Context } from '../context.ts';
import { conditionSql } from '../filters/groupsOfFilter.ts';
import { isPrintable } from '../input/text.ts';
import { pageOfTargets } from '../targets/targets.ts';
import type { GroupCounts } from './loaders.ts';

const PAGE_LIMIT = 500;

/** @returns null when there is none */
export async function findGroup({ viewer, loaders }: Context, id: string): Promise<TargetGroup | null> {
  requirePermission(viewer, 'target:read');
  const known = readId(id);
  return known === undefined ? null : loaders.group.load(known);
}

/**
 * By path.
 * @throws {BadUserInput} a page that is none, or a group that there is not
 */
export async function listGroups(
  { viewer, prisma, loaders }: Context,
  { below, ...page }: PageArguments & { below?: string | null | undefined },
): Promise<Connection<TargetGroup>> {
  requirePermission(viewer, 'target:read');
  const top = below == null ? undefined : await loaders.group.load(readId(below) ?? '');
  if (top === null) throw new BadUserInput('below names no group.');
  return readPage(
    page,
    PAGE_LIMIT,
    ({ path }) => [path],
    (after, take) =>
      prisma.targetGroup.findMany({
        where: {
          AND: [top ? { path: { startsWith: `${top.path}/` } } : {}, after ? { path: { gt: readKey(after) } } : {}],
        },
        orderBy: { path: 'asc' },
        take,
      }),
  );
}

/** By path. */
export async function listChildren({ viewer, loaders }: Context, id: string): Promise<TargetGroup[]> {
  requirePermission(viewer, 'target:read');
  return loaders.childGroups.load(id);
}

export async function countTargets({ viewer, loaders }: Context, id: string): Promise<GroupCounts> {
  requirePermission(viewer, 'target:read');
  return loaders.groupCounts.load(id);
}

/** Targets of a group, by name. @throws {BadUserInput} a page that is none */
export async function listTargetsOfGroup(
  { viewer, prisma }: Context,
  { path }: TargetGroup,
  { includeBelow, ...page }: PageArguments & { includeBelow?: boolean | null | undefined },
): Promise<Connection<Target>> {
  requirePermission(viewer, 'target:read');
  const filter = parseFilter(`group${includeBelow ? ':' : '='}${JSON.stringify(path)}`);
  return pageOfTargets(prisma, page, await conditionSql(prisma, filter));
}

/** Every group that a target is in itself, by path. */
export async function listGroupsOfTarget({ viewer, loaders }: Context, targetId: string): Promise<TargetGroup[]> {
  requirePermission(viewer, 'target:read');
  return loaders.groupsOfTarget.load(targetId);
}

function readKey([path]: readonly (string | number)[]): string {
  if (typeof path !== 'string' || !isPrintable(path)) throw new BadUserInput('after is not a cursor of this list.');
  return path;
}
