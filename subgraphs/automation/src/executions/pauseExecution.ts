import { requirePermission } from '@opsconductor/authz';
import { readId } from '@opsconductor/subgraph';
import type { Execution } from '../../generated/prisma/client.ts';
import type { Context } from '../context.ts';
import { advanceSoon } from '../engine/advance.ts';
import { openShards } from '../engine/targetSteps.ts';
import { lockExecution } from './eventLog.ts';
import type { LockedExecution } from './eventLog.ts';
import { ExecutionAlreadyFinished, ExecutionNotFound, ExecutionNotPaused } from './refusals.ts';
import { isEnded, mayExecutionBecome } from './transitions.ts';

/**
 * Begins nothing further: no node, no batch, no task. What runs goes on. Pausing twice is the same as once.
 * @throws {ExecutionNotFound} {@link ExecutionAlreadyFinished} also when it is being cancelled or undone
 */
export async function pauseExecution(context: Context, named: string): Promise<Execution> {
  return control(context, named, async (execution) => {
    if (execution.status === 'PAUSED') return;
    if (!mayExecutionBecome(execution.status, 'PAUSED')) await refuseAsFinished(execution);
    execution.become('PAUSED');
    announce(execution, context, 'automation.execution.paused');
  });
}

/**
 * Goes on with what was paused.
 * @throws {ExecutionNotFound} {@link ExecutionNotPaused} {@link ExecutionAlreadyFinished}
 */
export async function resumeExecution(context: Context, named: string): Promise<Execution> {
  return control(context, named, async (execution) => {
    if (isEnded(execution.status)) await refuseAsFinished(execution);
    if (execution.status !== 'PAUSED') throw new ExecutionNotPaused();
    execution.become(execution.row.startedAt ? 'RUNNING' : 'PENDING');
    const steps = await execution.unit.db.step.findMany({
      where: { executionId: execution.id, status: 'RUNNING', batches: { gt: 0 } },
      select: { id: true },
    });
    for (const { id } of steps) await openShards(execution, id);
    await advanceSoon(execution);
    announce(execution, context, 'automation.execution.resumed');
  });
}

async function control(
  { viewer, transact, clock }: Context,
  named: string,
  change: (execution: LockedExecution) => Promise<void>,
): Promise<Execution> {
  requirePermission(viewer, 'execution:cancel');
  const id = readId(named);
  if (id === undefined) throw new ExecutionNotFound();
  return transact(async (unit) => {
    const execution = await lockExecution(unit, id, clock());
    if (!execution) throw new ExecutionNotFound();
    await change(execution);
    await execution.save();
    return unit.db.execution.findUniqueOrThrow({ where: { id } });
  });
}

async function refuseAsFinished({ id, unit }: LockedExecution): Promise<never> {
  throw new ExecutionAlreadyFinished(await unit.db.execution.findUniqueOrThrow({ where: { id } }));
}

function announce({ id, unit }: LockedExecution, { viewer, requestId }: Context, type: string): void {
  const actorId = viewer.kind === 'user' ? viewer.userId : null;
  unit.emit({ type, actorId, requestId, subject: { type: 'execution', id } });
}
