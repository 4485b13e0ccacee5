import { executionCancelTopic } from '../executions/eventLog.ts';
import type { LockedExecution } from '../executions/eventLog.ts';
import { recordEnds } from './targetSteps.ts';

/**
 * Cancels what has not been begun and tells the executors to stop what runs, in a transaction that has the execution's
 * lock. Whoever calls it has the execution looked at afterwards, and saves it.
 * @param reason when it is no person who wants that: then the execution will have FAILED
 */
export async function cancelWithin(execution: LockedExecution, reason?: string): Promise<void> {
  const { unit, id, now } = execution;
  execution.become('CANCELLING');
  if (reason !== undefined) execution.set({ reason });
  const waiting = await unit.db.task.updateManyAndReturn({
    where: { executionId: id, status: 'PENDING' },
    data: { status: 'CANCELLED', finishedAt: now, reason: reason ?? 'Cancelled before it was begun.' },
    select: { id: true, stepId: true, batch: true, step: { select: { batch: true } } },
  });
  for (const task of waiting) execution.taskBecame(task.id, 'CANCELLED');
  const ofOpenBatch = waiting.filter(({ batch, step }) => batch === step.batch);
  for (const [stepId, tasks] of Map.groupBy(ofOpenBatch, (task) => task.stepId))
    await recordEnds(execution, stepId, tasks.length, 0);
  unit.wake(executionCancelTopic(id));
}
