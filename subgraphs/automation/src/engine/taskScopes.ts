/** What expressions of a step on targets see, for each of the targets of one shard. */
import { Prisma } from '../../generated/prisma/client.ts';
import type { PrismaClient } from '../../generated/prisma/client.ts';
import { scopeOf, scopesAround } from './expressions.ts';
import type { Scope, StepResult } from './expressions.ts';
import type { ClaimedShard } from './shards.ts';
import { iterationAt } from './walk.ts';

interface TargetRow {
  readonly targetId: string;
  readonly name: string;
  readonly labels: unknown;
}

interface TaskRow {
  readonly targetId: string;
  readonly nodeId: string;
  readonly status: string;
  readonly exitCode: number | null;
  readonly outputs: unknown;
}

/** @returns the scope of a target, by its id */
export async function readTaskScopes(prisma: PrismaClient, shard: ClaimedShard): Promise<(targetId: string) => Scope> {
  const { executionId, scope, tasks } = shard;
  const ids = tasks.map(({ targetId }) => targetId);
  const { base, steps, iteration } = await readPlace(prisma, executionId, scope);
  const targets = await readTargets(prisma, executionId, ids);
  const ownResults = await readOwnResults(prisma, executionId, scopesAround(scope), ids);
  return (targetId) => {
    const { name = '', labels = {} } = targets.get(targetId) ?? {};
    // A step of many targets is, for one of them, what it was there.
    const results: StepResult[] = [...steps, ...(ownResults.get(targetId) ?? [])];
    return scopeOf(base, results, { ...iteration, target: { id: targetId, name, labels } });
  };
}

/** What expressions of a step without targets see. */
export async function readStepScope(prisma: PrismaClient, executionId: string, scope: string): Promise<Scope> {
  const { base, steps, iteration } = await readPlace(prisma, executionId, scope);
  return scopeOf(base, steps, iteration);
}

async function readPlace(prisma: PrismaClient, executionId: string, scope: string) {
  const around = scopesAround(scope);
  const execution = await prisma.execution.findUniqueOrThrow({
    where: { id: executionId },
    select: { id: true, number: true, startedAt: true, inputs: true, variables: true },
  });
  const steps = await prisma.step.findMany({
    where: { executionId, isClosed: false, role: 'FLOW', scope: { in: around } },
    orderBy: [{ scope: 'asc' }, { attempt: 'asc' }],
    select: { key: true, nodeId: true, status: true, outputs: true, state: true },
  });
  const iteration = iterationAt(around.at(-1) ?? '', (key) => steps.findLast((step) => step.key === key));
  const base = { inputs: execution.inputs, variables: execution.variables, execution };
  return { base, steps, iteration };
}

async function readTargets(prisma: PrismaClient, executionId: string, ids: string[]): Promise<Map<string, TargetRow>> {
  const rows = await prisma.executionTarget.findMany({
    where: { executionId, targetId: { in: ids } },
    select: { targetId: true, name: true, labels: true },
  });
  return new Map(rows.map((row) => [row.targetId, row]));
}

async function readOwnResults(
  prisma: PrismaClient,
  executionId: string,
  around: string[],
  ids: string[],
): Promise<Map<string, StepResult[]>> {
  const rows = await prisma.$queryRaw<TaskRow[]>(Prisma.sql`
    select tasks.target_id as "targetId", steps.node_id as "nodeId", tasks.status::text as status,
      tasks.exit_code as "exitCode", tasks.outputs
    from tasks join steps on steps.id = tasks.step_id
    where tasks.execution_id = ${executionId}::uuid and tasks.target_id = any(${ids}::uuid[])
      and steps.role = 'FLOW' and steps.scope = any(${around}) and tasks.finished_at is not null
    order by length(steps.scope), steps.attempt`);
  const byTarget = Map.groupBy(rows, ({ targetId }) => targetId);
  return new Map(
    [...byTarget].map(([targetId, own]) => [
      targetId,
      own.map(({ nodeId, status, exitCode, outputs }) => ({
        nodeId,
        status: status as StepResult['status'],
        outputs: { values: outputs ?? {}, exitCode },
      })),
    ]),
  );
}
