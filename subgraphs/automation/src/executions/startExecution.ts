import { requirePermission } from '@opsconductor/authz';
import { InvalidInput } from '@opsconductor/subgraph';
import type { Execution } from '../../generated/prisma/client.ts';
import type { StartExecutionInput } from '../../generated/graphql.ts';
import type { Context } from '../context.ts';
import { startKeyOf, startOnce } from './idempotency.ts';
import { recordExecution } from './recordExecution.ts';
import { canonicalSelection, checkSelection, isStorable, selectTargets } from './selection.ts';

const COMMAND_BYTES = 128 * 1024;
/** The queue gives a job to somebody else after a day, whoever holds it. */
const TIMEOUT_LIMIT_SECONDS = 23 * 60 * 60;
/** Ad-hoc commands are started by somebody who watches: they go before bulk work. */
const AD_HOC_PRIORITY = 10;

/**
 * Runs a command on every selected target: an execution of one step.
 * @throws {InvalidInput} TargetNotFound NoTargetSelected IdempotencyConflict
 */
export async function startExecution(context: Context, input: StartExecutionInput): Promise<Execution> {
  const viewer = requirePermission(context.viewer, 'execution:start');
  const { command, timeoutSeconds } = checkCommand(input);
  const selection = checkSelection(input.selection);
  const key = startKeyOf(input.idempotencyKey, [command, timeoutSeconds, ...canonicalSelection(selection)]);
  return startOnce(context.prisma, viewer, key, async () => {
    const targets = await selectTargets(context, selection);
    const { transact, requestId, clock } = context;
    const startedById = viewer.userId;
    const data = {
      kind: 'COMMAND',
      command,
      timeoutSeconds,
      priority: AD_HOC_PRIORITY,
      startedById,
      requestId,
      ...key,
    } as const;
    return transact((unit) => recordExecution(unit, data, targets, clock()));
  });
}

export function checkCommand({ command, timeoutSeconds }: Pick<StartExecutionInput, 'command' | 'timeoutSeconds'>): {
  command: string;
  timeoutSeconds: number;
} {
  if (command.trim() === '') throw new InvalidInput('command', 'The command is empty.');
  if (!isStorable(command)) throw new InvalidInput('command', 'A command cannot hold NUL or half a character.');
  if (Buffer.byteLength(command) > COMMAND_BYTES)
    throw new InvalidInput('command', `A command has at most ${COMMAND_BYTES} bytes.`);
  const seconds = timeoutSeconds ?? 3600;
  if (seconds < 1 || seconds > TIMEOUT_LIMIT_SECONDS)
    throw new InvalidInput('timeoutSeconds', `timeoutSeconds must be from 1 to ${TIMEOUT_LIMIT_SECONDS}.`);
  return { command, timeoutSeconds: seconds };
}
