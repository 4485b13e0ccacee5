import { requirePermission } from '@opsconductor/authz';
import { BadUserInput, readId } from '@opsconductor/subgraph';
import { Prisma } from '../../generated/prisma/client.ts';
import type { Execution } from '../../generated/prisma/client.ts';
import type { Context } from '../context.ts';

const LIMIT = 500;

export type TaskDifferenceKind = 'ADDED' | 'REMOVED' | 'STATUS' | 'OUTPUT';

/** A task of one execution beside the one of the same node and target in the other. */
export interface TaskDifference {
  readonly kind: TaskDifferenceKind;
  readonly nodeId: string;
  readonly targetName: string;
  readonly beforeId: string | null;
  readonly afterId: string | null;
}

export interface ExecutionDiff {
  readonly before: Execution;
  readonly after: Execution;
  readonly isSameDefinition: boolean;
  readonly isSameInputs: boolean;
  /** Tasks that are in both with the same end and the same output. */
  readonly sameTasks: number;
  readonly counts: readonly { readonly kind: TaskDifferenceKind; readonly count: number }[];
  readonly differences: readonly TaskDifference[];
}

/** @returns null when one of the two is not there */
export async function compareExecutions(
  { viewer, prisma, loaders }: Context,
  { beforeId, afterId, first }: { beforeId: string; afterId: string; first?: number | null | undefined },
): Promise<ExecutionDiff | null> {
  requirePermission(viewer, 'execution:read');
  const size = first ?? 100;
  if (size < 1 || size > LIMIT) throw new BadUserInput(`first must be from 1 to ${LIMIT}.`);
  const [before, after] = await Promise.all(
    [beforeId, afterId].map(async (named) => {
      const id = readId(named);
      return id ? loaders.execution.load(id) : null;
    }),
  );
  if (!before || !after) return null;
  const pairs = pairsOf(before.id, after.id);
  const [counts, differences] = await Promise.all([
    prisma.$queryRaw<{ kind: TaskDifferenceKind | 'SAME'; count: number }[]>(Prisma.sql`
      select kind, count(*)::int as count from (${pairs}) as pairs group by kind order by kind`),
    prisma.$queryRaw<TaskDifference[]>(Prisma.sql`
      select * from (${pairs}) as pairs where kind <> 'SAME' order by "nodeId", "targetName" limit ${size}`),
  ]);
  return {
    before,
    after,
    isSameDefinition: before.command === after.command && isSameJson(before.definition, after.definition),
    isSameInputs: isSameJson(before.inputs, after.inputs),
    sameTasks: counts.find(({ kind }) => kind === 'SAME')?.count ?? 0,
    counts: counts.flatMap(({ kind, count }) => (kind === 'SAME' ? [] : { kind, count })),
    differences,
  };
}

/** The last attempt of each node on each target, in both. */
function pairsOf(beforeId: string, afterId: string): Prisma.Sql {
  const side = (id: string) => Prisma.sql`
    select distinct on (step.scope, step.node_id, task.target_id)
      step.scope, step.node_id, task.target_id, task.id, task.target_name, task.status, task.exit_code,
      task.output_hash, task.output_bytes
    from tasks as task join steps as step on step.id = task.step_id
    where task.execution_id = ${id}::uuid
    order by step.scope, step.node_id, task.target_id, step.attempt desc, task.id desc`;
  return Prisma.sql`
    select
      case
        when one.id is null then 'ADDED'
        when other.id is null then 'REMOVED'
        when one.status <> other.status or one.exit_code is distinct from other.exit_code then 'STATUS'
        when one.output_hash <> other.output_hash or one.output_bytes <> other.output_bytes then 'OUTPUT'
        else 'SAME'
      end as kind,
      coalesce(one.scope, other.scope) || coalesce(one.node_id, other.node_id) as "nodeId",
      coalesce(other.target_name, one.target_name) as "targetName",
      one.id as "beforeId", other.id as "afterId"
    from (${side(beforeId)}) as one
    full join (${side(afterId)}) as other using (scope, node_id, target_id)`;
}

/** JSON of the database: keys are in one order already. */
function isSameJson(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
