import { requirePermission } from '@opsconductor/authz';
import { BadUserInput, decodeCursor, encodeCursor, isId, readId } from '@opsconductor/subgraph';
import type { Connection, PageArguments } from '@opsconductor/subgraph';
import { Prisma } from '../../generated/prisma/client.ts';
import type { Task } from '../../generated/prisma/client.ts';
import type { TaskStatus } from '../../generated/prisma/enums.ts';
import type { Context } from '../context.ts';

const PAGE_LIMIT = 100;
const TASK_LIMIT = 100;

/** Tasks of one step that are in the same state with the same exit status and the same output so far. */
export interface OutputGroup {
  readonly stepId: string;
  readonly status: TaskStatus;
  readonly exitCode: number | null;
  readonly count: number;
  readonly lineCount: number;
  readonly fingerprint: string;
  /** The first of them. */
  readonly sampleTaskId: string;
}

/** The largest group first. */
export async function listOutputGroups(
  { viewer, prisma }: Context,
  { executionId, stepId, first, after }: PageArguments & { executionId: string; stepId?: string | null | undefined },
): Promise<Connection<OutputGroup>> {
  requirePermission(viewer, 'execution:read');
  const size = first ?? 50;
  if (size < 1 || size > PAGE_LIMIT) throw new BadUserInput(`first must be from 1 to ${PAGE_LIMIT}.`);
  const id = readId(executionId);
  const ofStep = stepId == null ? undefined : readId(stepId);
  if (!id || (stepId != null && !ofStep))
    return { nodes: [], pageInfo: { hasNextPage: false, endCursor: after ?? null } };
  const [count, sample] = after == null ? [undefined, undefined] : decodeCursor(after);
  if (after != null && (typeof count !== 'number' || typeof sample !== 'string' || !isId(sample)))
    throw new BadUserInput('after is not a cursor of this list.');
  // Sizes change while it runs: a page goes on after the place in the order that the last group had.
  const rows = await prisma.$queryRaw<OutputGroup[]>(Prisma.sql`
    select * from (
      select step_id as "stepId", status::text as status, exit_code as "exitCode", count(*)::int as count,
        max(output_lines)::int as "lineCount", output_hash as fingerprint,
        min(id::text) as "sampleTaskId"
      from tasks
      where execution_id = ${id}::uuid ${ofStep ? Prisma.sql`and step_id = ${ofStep}::uuid` : Prisma.empty}
      group by step_id, status, exit_code, output_hash, output_bytes
    ) as groups
    ${after == null ? Prisma.empty : Prisma.sql`where (-count, "sampleTaskId") > (${-(count as number)}, ${sample})`}
    order by count desc, "sampleTaskId" limit ${size + 1}`);
  const nodes = rows.slice(0, size);
  const last = nodes.at(-1);
  const endCursor = last ? encodeCursor([last.count, last.sampleTaskId]) : (after ?? null);
  return { nodes, pageInfo: { hasNextPage: rows.length > size, endCursor } };
}

/** Tasks of a group by target name, the first of them. */
export async function listTasksOfGroup(
  { viewer, prisma, loaders }: Context,
  group: OutputGroup,
  count: number,
): Promise<Task[]> {
  requirePermission(viewer, 'execution:read');
  if (count < 1 || count > TASK_LIMIT) throw new BadUserInput(`first must be from 1 to ${TASK_LIMIT}.`);
  const sample = await loaders.task.load(group.sampleTaskId);
  if (!sample) return [];
  return prisma.task.findMany({
    where: {
      executionId: sample.executionId,
      stepId: group.stepId,
      status: group.status,
      exitCode: group.exitCode,
      outputHash: group.fingerprint,
    },
    orderBy: [{ targetName: 'asc' }, { id: 'asc' }],
    take: count,
  });
}
