import type { UserViewer } from '@opsconductor/authz';
import type { Fleet } from '@opsconductor/fleet';
import { Refusal } from '@opsconductor/subgraph';
import type { Transact } from '@opsconductor/events';
import type { Execution, PrismaClient, Step } from '../../../generated/prisma/client.ts';
import type { Db } from '../../executions/eventLog.ts';
import { startKeyOf, startOnce } from '../../executions/idempotency.ts';
import { prepareJob } from '../../executions/startJob.ts';
import { recordRevision } from '../../executions/startRevision.ts';
import type { SelectedTarget } from '../../executions/selection.ts';
import type { ActionOf, NodeSettings } from '../../workflows/definition.ts';
import type { Expressions } from '../../workflows/expressions/index.ts';
import type { Scope } from '../expressions.ts';
import type { StepPatch } from '../stepBook.ts';

/** A job that calls itself ends here. */
const DEPTH_LIMIT = 8;

export interface SubJobDeps {
  readonly prisma: PrismaClient;
  readonly transact: Transact<Db>;
  readonly fleet: Fleet;
  readonly expressions: Expressions;
  readonly clock: () => Date;
}

/**
 * Starts the execution of another job for a step, once: a step that is asked for it again finds the one that it has.
 * @returns how the step goes on: it ends with the other execution, or at once where nobody waits for that
 */
export async function startSubJob(
  deps: SubJobDeps,
  step: Step & { readonly execution: Execution },
  node: NodeSettings & ActionOf<'subJob'>,
  scope: Scope,
  signal: AbortSignal,
): Promise<StepPatch | undefined> {
  const { execution } = step;
  const depth = execution.depth + 1;
  if (depth > DEPTH_LIMIT) return { status: 'FAILED', reason: `Jobs start each other at most ${DEPTH_LIMIT} times.` };
  const inputs: Record<string, unknown> = {};
  for (const [name, expression] of Object.entries(node.inputExpressions ?? {}))
    inputs[name] = await deps.expressions.evaluate(expression, scope);
  const viewer = delegateOf(execution);
  const key = startKeyOf(`step ${step.id}`, ['subJob', step.id]);
  try {
    const child = await startOnce(deps.prisma, viewer, key, async () => {
      const call = { ...deps, viewer, requestId: execution.requestId, signal };
      const { revision: number = null } = node;
      const inherited = await targetsOf(deps.prisma, execution.id);
      const prepared = await prepareJob(
        call,
        viewer.userId,
        { jobId: node.jobId, revision: number, inputs },
        inherited,
      );
      return recordRevision(deps, { ...prepared, key, parent: { stepId: step.id, depth } });
    });
    if (node.waitForEnd !== false) return undefined;
    return { status: 'SUCCEEDED', outputs: { values: { executionId: child.id } } };
  } catch (error) {
    if (error instanceof Refusal) return { status: 'FAILED', reason: error.message };
    throw error;
  }
}

/** A job that names no targets works on those of the one that starts it. */
async function targetsOf(prisma: PrismaClient, executionId: string): Promise<SelectedTarget[]> {
  const rows = await prisma.executionTarget.findMany({
    where: { executionId, isOut: false },
    orderBy: { position: 'asc' },
  });
  return rows.map(({ targetId, name, labels }) => ({
    id: targetId,
    name,
    labels: (labels ?? {}) as Record<string, string>,
  }));
}

/** Whoever started the execution, with no more than is needed to find targets. */
function delegateOf({ startedById, id }: Execution): UserViewer {
  return {
    kind: 'user',
    userId: startedById,
    sessionId: id,
    permissions: new Set(['target:read']),
    expiresAt: new Date(Date.now() + 60_000),
  };
}
