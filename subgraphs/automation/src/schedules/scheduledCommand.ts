/** What a schedule starts, and in whose name: the one place that knows how executions are started by themselves. */
import { permissionsOf } from '@opsconductor/authz';
import type { Viewer } from '@opsconductor/authz';
import type { Selection } from '@opsconductor/fleet';
import { InvalidInput } from '@opsconductor/subgraph';
import type { Execution, Schedule } from '../../generated/prisma/client.ts';
import type { ScheduleSettingsInput } from '../../generated/graphql.ts';
import type { Context } from '../context.ts';
import { IdempotencyConflict, NoTargetSelected } from '../executions/refusals.ts';
import { checkSelection, selectTargets } from '../executions/selection.ts';
import { checkCommand, startExecution } from '../executions/startExecution.ts';

/** How long the name of who saved a schedule holds for one start. */
const VIEWER_SECONDS = 60;

/** @throws {InvalidInput} whatever a start by hand would refuse too */
export function checkStart({ command, timeoutSeconds, selection }: ScheduleSettingsInput) {
  return inSettings(() => ({
    ...checkCommand({ command, ...(timeoutSeconds != null && { timeoutSeconds }) }),
    selection: checkSelection(selection),
  }));
}

/**
 * Whoever saves a schedule can start its command now, on every target that it names. Labels and a filter may match none
 * yet, but the filter has to make sense.
 * @throws {TargetNotFound} {@link InvalidInput} {@link Unavailable}
 */
export async function requireTargets(context: Context, selection: Selection): Promise<void> {
  try {
    await selectTargets(context, selection);
  } catch (error) {
    if (error instanceof NoTargetSelected) return;
    inSettings(() => {
      throw error;
    });
  }
}

/** Names the field of an input as it is called in a schedule's settings. */
function inSettings<Result>(check: () => Result): Result {
  try {
    return check();
  } catch (error) {
    if (error instanceof InvalidInput) throw new InvalidInput(`settings.${error.field}`, error.message);
    throw error;
  }
}

/** Who starts the executions of a schedule: who saved it, with what that takes and no more. */
export function viewerOf({ id, savedById }: { id: string; savedById: string }, now: Date): Viewer {
  return {
    kind: 'user',
    userId: savedById,
    sessionId: id,
    permissions: permissionsOf(['OPERATOR']),
    expiresAt: new Date(now.getTime() + VIEWER_SECONDS * 1000),
  };
}

/**
 * Starts what a schedule starts. Tried again with the same key, it gives the execution of the first time.
 * @throws {Refusal} when it cannot be started; {@link Unavailable} when it cannot be started now
 */
export async function startScheduled(context: Context, schedule: Schedule, idempotencyKey: string): Promise<Execution> {
  const { command, timeoutSeconds } = schedule;
  const selection = schedule.selection as Selection;
  try {
    return await startExecution(context, { command, timeoutSeconds, selection, idempotencyKey });
  } catch (error) {
    // The schedule was saved between the first try and this one: what counts is what was started.
    if (error instanceof IdempotencyConflict) return error.execution;
    throw error;
  }
}
