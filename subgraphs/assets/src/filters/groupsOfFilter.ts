import { parseFilter } from '@opsconductor/target-filter';
import type { Filter } from '@opsconductor/target-filter';
import type { Prisma } from '../../generated/prisma/client.ts';
import type { Db } from '../context.ts';
import { filterSql, namesGroups } from './filterSql.ts';

/** The groups that conditions on `group` speak of. A path that names none has no members. */
export interface GroupsOfFilter {
  at(path: string): readonly GroupOfFilter[];
  below(path: string): readonly GroupOfFilter[];
}

export interface GroupOfFilter {
  readonly id: string;
  readonly path: string;
  /** Of its dynamic members. It speaks of no groups, so that no group is made of itself. */
  readonly filter: Filter | undefined;
}

/** For filters that name no groups. */
export const noGroups: GroupsOfFilter = { at: () => [], below: () => [] };

/** Makes conditions on rows `t` of `targets`. Reads the tree of groups, in one statement, where a filter names one. */
export async function conditionsSql(db: Pick<Db, 'targetGroup'>, filters: readonly Filter[]): Promise<Prisma.Sql[]> {
  const groups = filters.some(namesGroups) ? await readGroups(db) : noGroups;
  return filters.map((filter) => filterSql(filter, groups));
}

export async function conditionSql(db: Pick<Db, 'targetGroup'>, filter: Filter): Promise<Prisma.Sql> {
  const [condition] = await conditionsSql(db, [filter]);
  return condition!;
}

async function readGroups(db: Pick<Db, 'targetGroup'>): Promise<GroupsOfFilter> {
  const rows = await db.targetGroup.findMany({ select: { id: true, path: true, filter: true } });
  const groups = rows.map(({ id, path, filter }) => ({
    id,
    path,
    filter: filter === null ? undefined : parseFilter(filter),
  }));
  return {
    at: (path) => groups.filter((group) => group.path === path),
    below: (path) =>
      path === '/' ? groups : groups.filter((group) => group.path === path || group.path.startsWith(`${path}/`)),
  };
}
