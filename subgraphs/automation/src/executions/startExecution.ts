import { createHash, randomUUID } from 'node:crypto';

import { requirePermission } from '@opsconductor/authz';
import type { UserViewer } from '@opsconductor/authz';
import { FILTER_LIMIT, FleetUnavailable, LABEL_LIMIT, SELECTION_LIMIT } from '@opsconductor/fleet';
import { InvalidInput, Unavailable } from '@opsconductor/subgraph';
import { Prisma } from '../../generated/prisma/client.ts';
import type { Execution } from '../../generated/prisma/client.ts';
import type { StartExecutionInput } from '../../generated/graphql.ts';
import type { Context } from '../context.ts';
import { EXECUTIONS_TOPIC } from './eventLog.ts';
import { IdempotencyConflict, NoTargetSelected, TargetNotFound } from './refusals.ts';

const COMMAND_BYTES = 128 * 1024;
/** The queue gives a job to somebody else after a day, whoever holds it. */
const TIMEOUT_LIMIT_SECONDS = 23 * 60 * 60;
const KEY_LENGTH = 200;
const ID_LENGTH = 100;
/** Ad-hoc commands are started by somebody who watches: they go before bulk work. */
const AD_HOC_PRIORITY = 10;

/**
 * Records an execution with its tasks and hands it to the executors, in one transaction: an answer means that it will
 * run, whatever dies in between.
 * @throws {InvalidInput} {@link TargetNotFound} {@link NoTargetSelected} {@link IdempotencyConflict}
 */
export async function startExecution(context: Context, input: StartExecutionInput): Promise<Execution> {
  const viewer = requirePermission(context.viewer, 'execution:start');
  const request = checkInput(input);
  const earlier = await findByKey(context, viewer, request);
  if (earlier) return earlier;
  const targets = await selectTargets(context, request);
  try {
    return await record(context, viewer, request, targets);
  } catch (error) {
    // Two calls with one key at once: the other one was first.
    const first = isUniqueViolation(error) ? await findByKey(context, viewer, request) : undefined;
    if (first) return first;
    throw error;
  }
}

interface StartRequest {
  readonly command: string;
  readonly timeoutSeconds: number;
  readonly targetIds: string[] | undefined;
  readonly labels: { key: string; value: string }[] | undefined;
  readonly filter: string | undefined;
  readonly idempotencyKey: string | null;
  readonly inputHash: string;
}

function checkInput({ command, selection, timeoutSeconds, idempotencyKey }: StartExecutionInput): StartRequest {
  if (command.trim() === '') throw new InvalidInput('command', 'The command is empty.');
  if (!isStorable(command)) throw new InvalidInput('command', 'A command cannot hold NUL or half a character.');
  if (Buffer.byteLength(command) > COMMAND_BYTES)
    throw new InvalidInput('command', `A command has at most ${COMMAND_BYTES} bytes.`);
  const seconds = timeoutSeconds ?? 3600;
  if (seconds < 1 || seconds > TIMEOUT_LIMIT_SECONDS)
    throw new InvalidInput('timeoutSeconds', `timeoutSeconds must be from 1 to ${TIMEOUT_LIMIT_SECONDS}.`);
  if (idempotencyKey != null && (idempotencyKey === '' || idempotencyKey.length > KEY_LENGTH))
    throw new InvalidInput('idempotencyKey', `An idempotency key has 1 to ${KEY_LENGTH} characters.`);
  if (idempotencyKey != null && !isStorable(idempotencyKey))
    throw new InvalidInput('idempotencyKey', 'An idempotency key cannot hold NUL or half a character.');
  const targetIds = selection.targetIds ? [...new Set(selection.targetIds)].sort() : undefined;
  const labels = selection.labels?.map(({ key, value }) => ({ key, value }));
  const filter = selection.filter ?? undefined;
  if (!targetIds?.length && !labels?.length && filter === undefined)
    throw new InvalidInput('selection', 'Name at least one target or one label, or give a filter.');
  if (filter !== undefined && (filter.length > FILTER_LIMIT || !isStorable(filter)))
    throw new InvalidInput('selection.filter', `A filter has at most ${FILTER_LIMIT} printable characters.`);
  if (targetIds && targetIds.length > SELECTION_LIMIT) throw tooManyTargets();
  if (targetIds?.some((id) => id.length > ID_LENGTH))
    throw new InvalidInput('selection.targetIds', 'An id is too long.');
  if (labels && labels.length > LABEL_LIMIT)
    throw new InvalidInput('selection', `A selection has at most ${LABEL_LIMIT} labels.`);
  const canonical = JSON.stringify([
    command,
    seconds,
    targetIds ?? null,
    labels?.map(({ key, value }) => [key, value]).sort() ?? null,
    // Left out where there is none: hashes of before have none.
    ...(filter === undefined ? [] : [filter]),
  ]);
  return {
    command,
    timeoutSeconds: seconds,
    targetIds,
    labels,
    filter,
    idempotencyKey: idempotencyKey ?? null,
    inputHash: createHash('sha256').update(canonical).digest('hex'),
  };
}

/** PostgreSQL stores no NUL, and JSON in it no lone surrogate. */
function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

function tooManyTargets(): InvalidInput {
  return new InvalidInput('selection', `An execution has at most ${SELECTION_LIMIT} targets.`);
}

async function findByKey(
  { prisma }: Context,
  { userId }: UserViewer,
  { idempotencyKey, inputHash }: StartRequest,
): Promise<Execution | undefined> {
  if (idempotencyKey === null) return undefined;
  const execution = await prisma.execution.findUnique({
    where: { startedById_idempotencyKey: { startedById: userId, idempotencyKey } },
  });
  if (!execution) return undefined;
  if (execution.inputHash !== inputHash) throw new IdempotencyConflict(execution);
  return execution;
}

interface SelectedTarget {
  readonly id: string;
  readonly name: string;
}

async function selectTargets({ fleet, ...call }: Context, request: StartRequest): Promise<SelectedTarget[]> {
  const { targetIds, labels, filter } = request;
  try {
    const selected = await fleet.selectTargets(
      { ...(targetIds && { targetIds }), ...(labels && { labels }), ...(filter !== undefined && { filter }) },
      call,
    );
    if (selected.filterFault !== undefined) throw new InvalidInput('selection.filter', selected.filterFault);
    if (selected.missingIds.length > 0) throw new TargetNotFound(selected.missingIds);
    if (selected.exceedsLimit) throw tooManyTargets();
    if (selected.targets.length === 0) throw new NoTargetSelected();
    return selected.targets;
  } catch (error) {
    if (error instanceof FleetUnavailable)
      throw new Unavailable('The targets cannot be looked up now. Nothing was started.', { cause: error });
    throw error;
  }
}

function record(
  { transact, requestId, clock }: Context,
  { userId }: UserViewer,
  { command, timeoutSeconds, idempotencyKey, inputHash }: StartRequest,
  targets: readonly SelectedTarget[],
): Promise<Execution> {
  return transact(async (unit) => {
    const execution = await unit.db.execution.create({
      data: {
        command,
        timeoutSeconds,
        startedById: userId,
        requestId,
        idempotencyKey,
        inputHash,
        remainingTasks: targets.length,
        createdAt: clock(),
        lastSequence: 1,
        events: { create: { sequence: 1, occurredAt: clock(), executionStatus: 'PENDING' } },
      },
    });
    const shards = cutIntoShards(targets).map((members) => ({ id: randomUUID(), members }));
    await unit.db.shard.createMany({ data: shards.map(({ id }) => ({ id, executionId: execution.id })) });
    await unit.db.task.createMany({
      data: shards.flatMap(({ id: shardId, members }) =>
        members.map((target) => ({
          executionId: execution.id,
          shardId,
          targetId: target.id,
          targetName: target.name,
        })),
      ),
    });
    unit.enqueue(
      'automation.shard',
      shards.map(({ id }) => ({ shardId: id })),
      AD_HOC_PRIORITY,
    );
    unit.wake(EXECUTIONS_TOPIC);
    unit.emit({
      type: 'automation.execution.started',
      actorId: userId,
      requestId,
      subject: { type: 'execution', id: execution.id },
      data: { command, targets: targets.length },
    });
    return execution;
  });
}

/** Small executions stay in few shards, large ones spread over all executors; a shard is never more than 50 tasks. */
export function cutIntoShards<Target>(targets: readonly Target[]): Target[][] {
  const size = Math.min(50, Math.max(5, Math.ceil(targets.length / 16)));
  return Array.from({ length: Math.ceil(targets.length / size) }, (_, index) =>
    targets.slice(index * size, (index + 1) * size),
  );
}

function isUniqueViolation(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002';
}
