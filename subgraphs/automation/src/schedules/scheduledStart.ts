/** What a schedule starts, and in whose name: the one place that knows how executions are started by themselves. */
import { permissionsOf, requirePermission } from '@opsconductor/authz';
import type { Viewer } from '@opsconductor/authz';
import type { Selection } from '@opsconductor/fleet';
import { InvalidInput } from '@opsconductor/subgraph';
import type { Execution, Prisma, Schedule } from '../../generated/prisma/client.ts';
import type { ScheduleSettingsInput, ScheduledJobInput } from '../../generated/graphql.ts';
import type { Context } from '../context.ts';
import { IdempotencyConflict, NoTargetSelected } from '../executions/refusals.ts';
import { checkSelection, selectTargets } from '../executions/selection.ts';
import { checkCommand, startExecution } from '../executions/startExecution.ts';
import { prepareJob, startJob } from '../executions/startJob.ts';
import { requireJob } from '../jobs/jobs.ts';

/** How long the name of who saved a schedule holds for one start. */
const VIEWER_SECONDS = 60;

/** The columns of a schedule that say what it starts. */
export interface ScheduledStart {
  readonly command: string | null;
  readonly timeoutSeconds: number | null;
  readonly jobId: string | null;
  readonly jobRevision: number | null;
  readonly jobInputs: Prisma.InputJsonObject;
  readonly selection: Selection;
}

/**
 * Whoever saves a schedule can start now what it starts, on every target that it names. Labels and a filter may match none
 * yet, but the filter has to make sense.
 * @throws {InvalidInput} whatever a start by hand would refuse too
 * @throws {TargetNotFound} {@link JobNotFound} {@link JobRevisionNotFound} {@link Unavailable}
 */
export async function checkStart(context: Context, settings: ScheduleSettingsInput): Promise<ScheduledStart> {
  const { command, job, selection } = settings;
  if ((command == null) === (job == null))
    throw new InvalidInput('settings.command', 'Exactly one of command and job is given.');
  try {
    if (job != null) return await checkJob(context, job, selection);
    if (selection == null) throw new InvalidInput('selection', 'A command needs a selection of targets.');
    const checked = checkCommand({
      command: command ?? '',
      ...(settings.timeoutSeconds != null && { timeoutSeconds: settings.timeoutSeconds }),
    });
    const checkedSelection = checkSelection(selection);
    await unlessNobody(() => selectTargets(context, checkedSelection));
    return { ...checked, selection: checkedSelection, jobId: null, jobRevision: null, jobInputs: {} };
  } catch (error) {
    // As the field is called in a schedule's settings.
    if (error instanceof InvalidInput && !error.field.startsWith('settings.'))
      throw new InvalidInput(`settings.${error.field}`, error.message);
    throw error;
  }
}

async function checkJob(
  context: Context,
  { jobId, revision, inputs }: ScheduledJobInput,
  selection: ScheduleSettingsInput['selection'],
): Promise<ScheduledStart> {
  const { userId } = requirePermission(context.viewer, 'execution:start');
  const { id } = await requireJob(context, jobId, 'RUN');
  const given = (inputs ?? {}) as Prisma.InputJsonObject;
  const start = { jobId: id, inputs: given, ...(revision != null && { revision }), ...(selection && { selection }) };
  try {
    await unlessNobody(() => prepareJob(context, userId, start));
  } catch (error) {
    if (error instanceof InvalidInput && error.field !== 'selection' && !error.field.startsWith('selection.'))
      throw new InvalidInput(`job.${error.field}`, error.message);
    throw error;
  }
  return {
    ...{ command: null, timeoutSeconds: null },
    ...{ jobId: id, jobRevision: revision ?? null, jobInputs: given },
    selection: selection ? checkSelection(selection) : {},
  };
}

/** That nothing matches now is no reason not to save. */
async function unlessNobody(find: () => Promise<unknown>): Promise<void> {
  try {
    await find();
  } catch (error) {
    if (!(error instanceof NoTargetSelected)) throw error;
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
  const { command, timeoutSeconds, jobId, jobRevision, jobInputs } = schedule;
  const selection = schedule.selection as Selection;
  try {
    if (jobId === null)
      return await startExecution(context, { command: command ?? '', timeoutSeconds, selection, idempotencyKey });
    const isNarrowed = Object.keys(selection).length > 0;
    return await startJob(context, {
      ...{ jobId, inputs: jobInputs, idempotencyKey },
      ...(jobRevision !== null && { revision: jobRevision }),
      ...(isNarrowed && { selection }),
    });
  } catch (error) {
    // The schedule was saved between the first try and this one: what counts is what was started.
    if (error instanceof IdempotencyConflict) return error.execution;
    throw error;
  }
}
