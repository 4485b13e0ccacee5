import { requirePermission } from '@opsconductor/authz';
import { readId } from '@opsconductor/subgraph';
import type { Execution } from '../../generated/prisma/client.ts';
import type { Context } from '../context.ts';
import { advanceSoon } from '../engine/advance.ts';
import { cancelWithin } from '../engine/cancelWithin.ts';
import { executionCancelTopic, lockExecution } from './eventLog.ts';
import { ExecutionAlreadyFinished, ExecutionNotFound } from './refusals.ts';
import { isEnded } from './transitions.ts';

/**
 * Cancels what waits, and tells the executors to stop what runs. Cancelling twice is the same as once.
 * @throws {ExecutionNotFound} {@link ExecutionAlreadyFinished}
 */
export async function cancelExecution(context: Context, named: string): Promise<Execution> {
  const { userId } = requirePermission(context.viewer, 'execution:cancel');
  const { transact, requestId, clock } = context;
  // As it is stored: the topics that executors listen to are made of it.
  const id = readId(named);
  if (id === undefined) throw new ExecutionNotFound();
  return transact(async (unit) => {
    const execution = await lockExecution(unit, id, clock());
    if (!execution) throw new ExecutionNotFound();
    if (isEnded(execution.status))
      throw new ExecutionAlreadyFinished(await unit.db.execution.findUniqueOrThrow({ where: { id } }));
    if (execution.status !== 'CANCELLING') {
      await cancelWithin(execution);
      await advanceSoon(execution);
      unit.emit({
        type: 'automation.execution.cancelled',
        actorId: userId,
        requestId,
        subject: { type: 'execution', id },
      });
    }
    unit.wake(executionCancelTopic(id));
    await execution.save();
    return unit.db.execution.findUniqueOrThrow({ where: { id } });
  });
}
