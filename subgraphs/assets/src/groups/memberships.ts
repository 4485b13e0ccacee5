import { parseFilter } from '@opsconductor/target-filter';
import { Prisma } from '../../generated/prisma/client.ts';
import type { PrismaClient } from '../../generated/prisma/client.ts';
import { filterSql } from '../filters/filterSql.ts';
import { noGroups } from '../filters/groupsOfFilter.ts';

const { sql, join } = Prisma;

/**
 * A query of `(group_id, target_id)`: who was added to a group, and whom a group's filter matches; deleted targets left
 * out, each pair once. Reads which groups have filters, in one statement.
 */
export async function readMemberships(prisma: PrismaClient): Promise<{ readonly sql: Prisma.Sql }> {
  const dynamic = await prisma.targetGroup.findMany({
    where: { filter: { not: null } },
    select: { id: true, filter: true },
  });
  const added = sql`select m.group_id, m.target_id from group_members m
    join targets t on t.id = m.target_id and t.deleted_at is null`;
  const found = dynamic.map(
    ({ id, filter }) => sql`select ${id}::uuid, t.id from targets t
      where t.deleted_at is null and ${filterSql(parseFilter(filter ?? 'all'), noGroups)}`,
  );
  return { sql: join([added, ...found], ' union ') };
}
