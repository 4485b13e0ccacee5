import { requirePermission } from '@opsconductor/authz';
import type { Unit } from '@opsconductor/events';
import { InvalidInput } from '@opsconductor/subgraph';
import type { Job, Prisma } from '../../generated/prisma/client.ts';
import type { CreateJobInput, RestoreRevisionInput, UpdateJobInput } from '../../generated/graphql.ts';
import type { Context } from '../context.ts';
import { isForeignKeyViolation, isUniqueViolation } from '../databaseFaults.ts';
import type { Db } from '../executions/eventLog.ts';
import { requireFolder } from '../folders/folders.ts';
import { readFolderTree } from '../folders/folderTree.ts';
import { JobFolderNotFound } from '../folders/refusals.ts';
import { readName } from '../naming.ts';
import type { JobDefinition } from '../workflows/definition.ts';
import { isStorable } from '../workflows/schema/texts.ts';
import { validateDefinition } from '../workflows/validation/index.ts';
import { hashJson } from './canonicalJson.ts';
import { requireJob } from './jobs.ts';
import { JobChanged, JobInvalid, JobNameTaken, JobNotFound, JobRevisionNotFound } from './refusals.ts';
import { checkSubJobs, replaceSubJobs } from './subJobs.ts';
import { JOBS_TOPIC, jobTopic } from './topics.ts';

const COMMENT_LENGTH = 2_000;

/** @throws {JobInvalid} {@link JobNameTaken} {@link JobFolderNotFound} {@link InvalidInput} */
export async function createJob(context: Context, input: CreateJobInput): Promise<Job> {
  const { userId } = requirePermission(context.viewer, 'job:write');
  const name = readName(input.name);
  const comment = readComment(input.comment);
  const folder = requireFolder(await context.loaders.folderTree(), input.folderId, 'WRITE');
  const definition = await requireValid(context, input.definition);
  const now = context.clock();
  try {
    return await context.transact(async (unit) => {
      await requireSubJobs(context, unit, undefined, definition);
      const job = await unit.db.job.create({
        data: { name, folderId: folder.id, createdById: userId, createdAt: now, updatedAt: now },
      });
      await addRevision(unit, job, definition, { comment, createdById: userId, createdAt: now });
      announceJob(context, unit, 'created', job, { revision: 1 });
      return job;
    });
  } catch (error) {
    if (isUniqueViolation(error)) throw new JobNameTaken(name);
    if (isForeignKeyViolation(error)) throw new JobFolderNotFound();
    throw error;
  }
}

/**
 * Saves a new revision on top of the one that was edited.
 * @throws {JobChanged} another one was saved since
 * @throws {JobInvalid} {@link JobNotFound} {@link InvalidInput}
 */
export async function updateJob(context: Context, input: UpdateJobInput): Promise<Job> {
  requirePermission(context.viewer, 'job:write');
  const comment = readComment(input.comment);
  const job = await requireJob(context, input.id, 'WRITE');
  const definition = await requireValid(context, input.definition);
  return saveRevision(context, job.id, input.baseRevision, definition, { comment });
}

/** @throws {JobChanged} {@link JobRevisionNotFound} {@link JobInvalid} {@link JobNotFound} */
export async function restoreRevision(context: Context, input: RestoreRevisionInput): Promise<Job> {
  requirePermission(context.viewer, 'job:write');
  const job = await requireJob(context, input.id, 'WRITE');
  const revision =
    input.number < 1 ? null : await context.loaders.jobRevision.load({ jobId: job.id, number: input.number });
  if (!revision) throw new JobRevisionNotFound(input.number);
  // What was right then may be wrong now: a job that it ran may be gone.
  const definition = await requireValid(context, revision.definition);
  return saveRevision(context, job.id, input.baseRevision, definition, {
    comment: `Revision ${input.number} again`,
    restoredNumber: input.number,
  });
}

async function saveRevision(
  context: Context,
  id: string,
  baseRevision: number,
  definition: JobDefinition,
  { comment, restoredNumber }: { comment: string | null; restoredNumber?: number },
): Promise<Job> {
  const { userId } = requirePermission(context.viewer, 'job:write');
  const now = context.clock();
  return context.transact(async (unit) => {
    const seen = await unit.db.job.findUnique({ where: { id } });
    if (!seen) throw new JobNotFound();
    if (seen.revisionNumber !== baseRevision) throw new JobChanged(seen);
    if (await isUnchanged(unit.db, id, baseRevision, definition)) return seen;
    await requireSubJobs(context, unit, id, definition);
    const [job] = await unit.db.job.updateManyAndReturn({
      where: { id, revisionNumber: baseRevision },
      data: { revisionNumber: { increment: 1 }, updatedAt: now },
    });
    if (!job) throw await explainUnsaved(unit.db, id);
    const author = { comment, createdById: userId, createdAt: now };
    await addRevision(unit, job, definition, { ...author, ...(restoredNumber !== undefined && { restoredNumber }) });
    announceJob(context, unit, 'updated', job, { revision: job.revisionNumber });
    return job;
  });
}

/** Somebody was faster, between the look and the write. */
async function explainUnsaved(db: Db, id: string): Promise<JobChanged | JobNotFound> {
  const job = await db.job.findUnique({ where: { id } });
  return job ? new JobChanged(job) : new JobNotFound();
}

async function isUnchanged(db: Db, jobId: string, number: number, definition: JobDefinition): Promise<boolean> {
  const base = await db.jobRevision.findUnique({ where: { jobId_number: { jobId, number } }, select: { hash: true } });
  return base?.hash === hashJson(definition);
}

type Authorship = Pick<
  Prisma.JobRevisionUncheckedCreateInput,
  'comment' | 'restoredNumber' | 'createdById' | 'createdAt'
>;

async function addRevision(
  { db }: Unit<Db>,
  { id: jobId, revisionNumber: number }: Job,
  definition: JobDefinition,
  authorship: Authorship,
): Promise<void> {
  const json = definition as unknown as Prisma.InputJsonValue;
  await db.jobRevision.create({ data: { jobId, number, definition: json, hash: hashJson(definition), ...authorship } });
  await replaceSubJobs(db, jobId, definition);
}

/** @throws {JobInvalid} */
async function requireValid({ expressions }: Context, json: unknown): Promise<JobDefinition> {
  const { definition, problems } = await validateDefinition(json, expressions);
  if (!definition || problems.length > 0) throw new JobInvalid(problems);
  return definition;
}

/** @throws {JobInvalid} */
async function requireSubJobs(
  { viewer }: Context,
  { db }: Unit<Db>,
  jobId: string | undefined,
  definition: JobDefinition,
): Promise<void> {
  const problems = await checkSubJobs(db, await readFolderTree(db, viewer), jobId, definition);
  if (problems.length > 0) throw new JobInvalid(problems);
}

function readComment(comment: string | null | undefined): string | null {
  if (comment == null || comment === '') return null;
  if (comment.length > COMMENT_LENGTH || !isStorable(comment))
    throw new InvalidInput('comment', `A comment has at most ${COMMENT_LENGTH} characters.`);
  return comment;
}

/** Tells everybody who watches, and the audit log, what became of a job. */
export function announceJob(
  { viewer, requestId, loaders }: Context,
  unit: Unit<Db>,
  verb: 'created' | 'updated' | 'renamed' | 'moved' | 'deleted',
  job: Job,
  data: Record<string, string | number> = {},
): void {
  loaders.job.clear(job.id);
  unit.wake(jobTopic(job.id));
  unit.wake(JOBS_TOPIC);
  unit.emit({
    type: `automation.job.${verb}`,
    actorId: viewer.kind === 'user' ? viewer.userId : null,
    requestId,
    subject: { type: 'job', id: job.id },
    data: { name: job.name, folderId: job.folderId, ...data },
  });
}
