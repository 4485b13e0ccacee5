import type { Unit } from '@opsconductor/events';
import { v7 as newId } from 'uuid';
import { Prisma } from '../../generated/prisma/client.ts';
import type { Execution } from '../../generated/prisma/client.ts';
import { openTargetStep } from '../engine/targetSteps.ts';
import type { FanOut } from '../workflows/definition.ts';
import { EXECUTIONS_TOPIC, lockExecution } from './eventLog.ts';
import type { Db } from './eventLog.ts';
import type { SelectedTarget } from './selection.ts';

export type NewExecution = Omit<
  Prisma.ExecutionUncheckedCreateInput,
  'lastSequence' | 'events' | 'targets' | 'createdAt'
>;

/**
 * Records an execution with its targets and hands it to the executors: when the transaction commits it will run, whatever
 * dies in between.
 * @param fanOut of an ad-hoc command, which is begun here: it needs nobody to look at it first
 */
export async function recordExecution(
  unit: Unit<Db>,
  data: NewExecution,
  targets: readonly SelectedTarget[],
  now: Date,
  fanOut: FanOut = {},
): Promise<Execution> {
  const execution = await unit.db.execution.create({
    data: {
      ...data,
      createdAt: now,
      lastSequence: 1,
      events: { create: { sequence: 1, occurredAt: now, executionStatus: 'PENDING' } },
    },
  });
  const { id, kind, priority, startedById, requestId, command } = execution;
  await insertTargets(unit.db, id, targets);
  if (kind === 'COMMAND') await beginCommand(unit, id, targets, fanOut, now);
  else unit.enqueue('automation.advance', [{ executionId: id }], priority);
  unit.wake(EXECUTIONS_TOPIC);
  unit.emit({
    type: 'automation.execution.started',
    actorId: startedById,
    requestId,
    subject: { type: 'execution', id },
    data: {
      ...(command !== null && { command }),
      ...(execution.jobId !== null && { jobId: execution.jobId, jobRevision: execution.jobRevision }),
      targets: targets.length,
    },
  });
  return execution;
}

async function insertTargets(db: Db, executionId: string, targets: readonly SelectedTarget[]): Promise<void> {
  const rows = targets.map(({ id, name, labels = {} }, position) => ({ target_id: id, name, position, labels }));
  await db.$executeRaw(Prisma.sql`
    insert into execution_targets (execution_id, target_id, name, position, labels)
    select ${executionId}::uuid, target_id, name, position, labels
    from json_to_recordset(${JSON.stringify(rows)}::json)
      as target (target_id uuid, name text, position int, labels jsonb)`);
}

async function beginCommand(
  unit: Unit<Db>,
  executionId: string,
  targets: readonly SelectedTarget[],
  fanOut: FanOut,
  now: Date,
): Promise<void> {
  const stepId = newId();
  const node = { nodeId: 'command', key: 'command', kind: 'command' };
  await unit.db.step.create({
    data: { id: stepId, executionId, ...node, status: 'RUNNING', startedAt: now, state: { fanOut: { ...fanOut } } },
  });
  const execution = await lockExecution(unit, executionId, now);
  if (!execution) throw new Error('An execution is not there in the transaction that made it.');
  const members = targets.map(({ id, name, labels = {} }, position) => ({ targetId: id, name, position, labels }));
  await openTargetStep(execution, stepId, members, fanOut);
  await execution.save();
}
