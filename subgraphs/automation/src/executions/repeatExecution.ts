/** Doing again what an execution did not bring to a good end: a new execution, with what the first one was pinned to. */
import { requirePermission } from '@opsconductor/authz';
import type { Unit } from '@opsconductor/events';
import { readId } from '@opsconductor/subgraph';
import { v7 as newId } from 'uuid';
import { Prisma } from '../../generated/prisma/client.ts';
import type { Execution, Step } from '../../generated/prisma/client.ts';
import type { RepeatExecutionInput, RepeatFrom } from '../../generated/graphql.ts';
import type { Context } from '../context.ts';
import type { JobDefinition } from '../workflows/definition.ts';
import type { Db } from './eventLog.ts';
import { startKeyOf, startOnce } from './idempotency.ts';
import { recordExecution } from './recordExecution.ts';
import { ExecutionNotFound, ExecutionNotRepeatable } from './refusals.ts';
import type { SelectedTarget } from './selection.ts';
import { isEnded } from './transitions.ts';

/**
 * Starts an execution anew with its revision, inputs and targets as they were: either from the beginning, on the targets
 * that did not come through; or from where it failed, with all that was done before taken as done.
 * @throws {ExecutionNotFound} {@link ExecutionNotRepeatable} InvalidInput IdempotencyConflict
 */
export async function repeatExecution(context: Context, input: RepeatExecutionInput): Promise<Execution> {
  const viewer = requirePermission(context.viewer, 'execution:start');
  const { prisma, transact, clock, requestId } = context;
  const id = readId(input.id);
  const source = id === undefined ? null : await prisma.execution.findUnique({ where: { id } });
  if (!source) throw new ExecutionNotFound();
  const key = startKeyOf(input.idempotencyKey, ['repeat', source.id, input.from]);
  return startOnce(prisma, viewer, key, () =>
    transact(async (unit) => {
      await requireRepeatable(unit.db, source, input.from);
      const targets = await targetsToRepeat(unit.db, source, input.from);
      const { command, timeoutSeconds, definition, jobId, jobRevision, inputs, variables } = source;
      const { kind, priority, executorLabel } = source;
      const pinned = { kind, command, timeoutSeconds, jobId, jobRevision, priority, executorLabel };
      const data = {
        ...pinned,
        definition: definition ?? Prisma.DbNull,
        inputs: inputs ?? {},
        ...(input.from === 'FAILED_STEP' && { variables: variables ?? {} }),
        retryOfId: source.id,
        startedById: viewer.userId,
        requestId,
        ...key,
      };
      const execution = await recordExecution(unit, data, targets, clock(), await fanOutOf(unit.db, source));
      if (kind === 'JOB' && input.from === 'FAILED_STEP') await carryOver(unit, source, execution.id);
      return execution;
    }),
  );
}

async function requireRepeatable(db: Db, { id, status, kind }: Execution, from: RepeatFrom): Promise<void> {
  if (!isEnded(status)) throw new ExecutionNotRepeatable('The execution has not ended yet.');
  if (status === 'SUCCEEDED') throw new ExecutionNotRepeatable('The execution succeeded: there is nothing to repeat.');
  const undone = await db.step.findFirst({ where: { executionId: id, role: 'COMPENSATION' }, select: { id: true } });
  if (undone && kind === 'JOB' && from === 'FAILED_STEP')
    throw new ExecutionNotRepeatable('What the execution had done was undone: start it from the beginning.');
}

/** @throws {ExecutionNotRepeatable} when every target came through */
async function targetsToRepeat(db: Db, source: Execution, from: RepeatFrom): Promise<SelectedTarget[]> {
  const isWhole = source.kind === 'JOB' && from === 'FAILED_STEP';
  // Of a target that was tried several times in one step, the last attempt counts.
  const failed = Prisma.sql`exists (
    select from tasks join steps on steps.id = tasks.step_id
    where tasks.execution_id = target.execution_id and tasks.target_id = target.target_id
      and tasks.status <> 'SUCCEEDED' and steps.role = 'FLOW'
      and not exists (
        select from tasks as later join steps as again on again.id = later.step_id
        where again.execution_id = steps.execution_id and again.key = steps.key and again.attempt > steps.attempt
          and later.target_id = tasks.target_id))`;
  const rows = await db.$queryRaw<{ id: string; name: string; labels: unknown }[]>(Prisma.sql`
    select target_id as id, name, labels from execution_targets as target
    where execution_id = ${source.id}::uuid and ${isWhole ? Prisma.sql`true` : failed}
    order by position`);
  if (rows.length === 0 && !isWhole) throw new ExecutionNotRepeatable('There is no target on which a task failed.');
  return rows.map(({ labels, ...row }) => ({ ...row, labels: (labels ?? {}) as Record<string, string> }));
}

async function fanOutOf(db: Db, { id, kind }: Execution): Promise<object> {
  if (kind === 'JOB') return {};
  const step = await db.step.findFirst({ where: { executionId: id }, select: { state: true } });
  return ((step?.state ?? {}) as { fanOut?: object }).fanOut ?? {};
}

/** The steps of the workflow itself that are done, with what they gave; those that failed as an attempt that failed. */
async function carryOver({ db }: Unit<Db>, source: Execution, executionId: string): Promise<void> {
  const { workflow } = source.definition as unknown as JobDefinition;
  const tolerant = new Set(workflow.nodes.filter(({ continueOnError }) => continueOnError).map(({ id }) => id));
  const steps = await db.step.findMany({
    where: {
      executionId: source.id,
      role: 'FLOW',
      scope: '',
      isRecovery: false,
      causeId: null,
      status: { not: 'SKIPPED' },
    },
    orderBy: { id: 'asc' },
  });
  const last = new Map(steps.map((step) => [step.key, step]));
  const copies = steps.map((step) => ({
    from: step.id,
    row: copyOf(step, executionId, last.get(step.key) === step, tolerant),
  }));
  if (copies.length === 0) return;
  await db.step.createMany({ data: copies.map(({ row }) => row) });
  const pairs = copies.map(({ from, row }) => ({ from, to: row.id, id: newId() }));
  await db.$executeRaw(Prisma.sql`
    insert into tasks (id, execution_id, step_id, batch, target_id, target_name, status, attempt, exit_code, signal,
      reason, outputs, started_at, finished_at)
    select gen_random_uuid(), ${executionId}::uuid, pair."to", batch, target_id, target_name, status, attempt, exit_code,
      signal, reason, outputs, started_at, finished_at
    from tasks join json_to_recordset(${JSON.stringify(pairs)}::json) as pair ("from" uuid, "to" uuid)
      on pair."from" = tasks.step_id`);
}

function copyOf(step: Step, executionId: string, isLast: boolean, tolerant: ReadonlySet<string>) {
  const isDone = step.status === 'SUCCEEDED' || (step.isSettled && tolerant.has(step.nodeId));
  const { outputs, state, ...columns } = step;
  return {
    ...columns,
    id: newId(),
    executionId,
    remaining: 0,
    outputs: outputs ?? Prisma.DbNull,
    state: isDone || !isLast ? (state ?? Prisma.DbNull) : { ...(state as object | null), isContinued: true },
    isSettled: isDone,
    takenEdges: isDone ? step.takenEdges : [],
  } as Prisma.StepCreateManyInput & { id: string };
}
