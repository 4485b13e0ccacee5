import { requirePermission } from '@opsconductor/authz';
import { FilterFault, parseFilter, printFilter } from '@opsconductor/target-filter';
import type { Target } from '../../generated/prisma/client.ts';
import type { Context } from '../context.ts';
import { pageOfTargets } from '../targets/targets.ts';
import { conditionSql } from './groupsOfFilter.ts';

const EXAMPLES = 10;

export interface FilterTest {
  readonly fault: Pick<FilterFault, 'message' | 'position' | 'expected'> | null;
  readonly normalized: string | null;
  readonly matchCount: number | null;
  readonly examples: readonly Target[];
}

/** What an expression means at this moment, or where it goes wrong. */
export async function testFilter({ viewer, prisma }: Context, expression: string): Promise<FilterTest> {
  requirePermission(viewer, 'target:read');
  try {
    const filter = parseFilter(expression);
    const condition = await conditionSql(prisma, filter);
    const [[counted], { nodes }] = await Promise.all([
      prisma.$queryRaw<{ count: number }[]>`
        select count(*)::int as count from targets t where t.deleted_at is null and ${condition}`,
      pageOfTargets(prisma, { first: EXAMPLES }, condition),
    ]);
    return { fault: null, normalized: printFilter(filter), matchCount: counted?.count ?? 0, examples: nodes };
  } catch (error) {
    if (!(error instanceof FilterFault)) throw error;
    const { message, position, expected } = error;
    return { fault: { message, position, expected }, normalized: null, matchCount: null, examples: [] };
  }
}
