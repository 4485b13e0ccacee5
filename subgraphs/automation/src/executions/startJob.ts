import { requirePermission } from '@opsconductor/authz';
import type { UserViewer } from '@opsconductor/authz';
import { InvalidInput } from '@opsconductor/subgraph';
import { Secret } from '@opsconductor/vault';
import type { Execution, PrismaClient } from '../../generated/prisma/client.ts';
import type { StartJobInput } from '../../generated/graphql.ts';
import type { Context } from '../context.ts';
import { hashJson } from '../jobs/canonicalJson.ts';
import { resolveInputs } from '../jobs/inputs/resolveInputs.ts';
import { requireJob } from '../jobs/jobs.ts';
import { JobNotFound, JobRevisionNotFound } from '../jobs/refusals.ts';
import type { JobDefinition } from '../workflows/definition.ts';
import { startKeyOf, startOnce } from './idempotency.ts';
import { canonicalSelection, checkSelection } from './selection.ts';
import type { SelectedTarget } from './selection.ts';
import { checkPriority, hasOwnTargets, recordRevision, resolveTargets } from './startRevision.ts';
import type { PinnedRevision, RevisionStart } from './startRevision.ts';

/**
 * Runs a job for a viewer who may.
 * @throws {JobNotFound} {@link JobRevisionNotFound} JobIsFull TargetNotFound NoTargetSelected IdempotencyConflict InvalidInput
 */
export async function startJob(context: Context, input: StartJobInput): Promise<Execution> {
  const viewer = requirePermission(context.viewer, 'execution:start');
  const job = await requireJob(context, input.jobId, 'RUN');
  return launchJob(context, viewer, { ...input, jobId: job.id });
}

export type JobStart = Pick<StartJobInput, 'jobId'> & Partial<StartJobInput>;
type Launcher = Pick<
  Context,
  'prisma' | 'transact' | 'fleet' | 'expressions' | 'clock' | 'requestId' | 'signal' | 'viewer'
>;

/** As {@link startJob}, for callers that have made sure of the right to run the job: a schedule, say. */
export async function launchJob(context: Launcher, starter: UserViewer, input: JobStart): Promise<Execution> {
  const selection = input.selection ? checkSelection(input.selection) : undefined;
  const key = startKeyOf(input.idempotencyKey, [
    'job',
    input.jobId,
    input.revision ?? null,
    hashJson(input.inputs ?? {}),
    selection ? canonicalSelection(selection) : null,
    input.priority ?? null,
  ]);
  return startOnce(context.prisma, starter, key, async () => {
    const prepared = await prepareJob(context, starter.userId, input);
    return recordRevision(context, { ...prepared, key });
  });
}

/**
 * What a start of a job comes to: the revision, checked inputs, targets. Nothing is written.
 * @param inherited targets for a job that names none of its own
 */
export async function prepareJob(
  context: Launcher,
  startedById: string,
  input: JobStart,
  inherited?: readonly SelectedTarget[],
): Promise<Omit<RevisionStart, 'key'>> {
  const revision = await pinRevision(context.prisma, input.jobId, input.revision ?? undefined);
  const { definition } = revision;
  const selection = input.selection ? checkSelection(input.selection) : undefined;
  const priority = checkPriority(input.priority, definition.policies?.priority);
  const inputs = await resolveInputs(definition.parameters, input.inputs, context.expressions);
  refuseSecrets(inputs);
  const targets =
    inherited && !hasOwnTargets(definition) ? inherited : await resolveTargets(context, definition, selection);
  return { revision, inputs, targets, priority, startedById, requestId: context.requestId };
}

/** An execution keeps its inputs as they are. A secret is what a credential is for. */
function refuseSecrets(inputs: Readonly<Record<string, unknown>>): void {
  const name = Object.keys(inputs).find((each) => inputs[each] instanceof Secret);
  if (name !== undefined)
    throw new InvalidInput(`inputs.${name}`, 'Executions keep no secret inputs. Leave it empty, and use a credential.');
}

/** @throws {JobNotFound} {@link JobRevisionNotFound} */
export async function pinRevision(
  prisma: Pick<PrismaClient, 'job' | 'jobRevision'>,
  jobId: string,
  number: number | undefined,
): Promise<PinnedRevision> {
  const job = await prisma.job.findUnique({ where: { id: jobId }, select: { revisionNumber: true } });
  if (!job) throw new JobNotFound();
  const wanted = number ?? job.revisionNumber;
  const isNumber = Number.isInteger(wanted) && wanted > 0 && wanted <= job.revisionNumber;
  const row = isNumber
    ? await prisma.jobRevision.findUnique({ where: { jobId_number: { jobId, number: wanted } } })
    : null;
  if (!row) throw new JobRevisionNotFound(wanted);
  return { jobId, number: row.number, definition: row.definition as unknown as JobDefinition };
}
