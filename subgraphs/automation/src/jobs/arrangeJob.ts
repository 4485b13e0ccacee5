/** What happens to a job besides its revisions: its name, its folder, its end. */
import { may, requirePermission } from '@opsconductor/authz';
import type { Job, Schedule } from '../../generated/prisma/client.ts';
import type { MoveJobInput, RenameJobInput } from '../../generated/graphql.ts';
import type { Context } from '../context.ts';
import { isForeignKeyViolation, isUniqueViolation } from '../databaseFaults.ts';
import { requireFolder } from '../folders/folders.ts';
import { JobFolderNotFound } from '../folders/refusals.ts';
import { readName } from '../naming.ts';
import { requireJob } from './jobs.ts';
import { JobInUse, JobNameTaken, JobNotFound } from './refusals.ts';
import { announceJob } from './saveJob.ts';

/** @throws {JobNotFound} {@link JobNameTaken} {@link InvalidInput} */
export async function renameJob(context: Context, input: RenameJobInput): Promise<Job> {
  requirePermission(context.viewer, 'job:write');
  const name = readName(input.name);
  const { id } = await requireJob(context, input.id, 'WRITE');
  return change(context, { id, name }, 'renamed');
}

/** @throws {JobNotFound} {@link JobFolderNotFound} {@link JobNameTaken} */
export async function moveJob(context: Context, input: MoveJobInput): Promise<Job> {
  requirePermission(context.viewer, 'job:write');
  const { id, name } = await requireJob(context, input.id, 'WRITE');
  const folder = requireFolder(await context.loaders.folderTree(), input.folderId, 'WRITE');
  return change(context, { id, name, folderId: folder.id }, 'moved');
}

async function change(
  context: Context,
  { id, ...data }: { readonly id: string; readonly name: string; readonly folderId?: string },
  verb: 'renamed' | 'moved',
): Promise<Job> {
  try {
    return await context.transact(async (unit) => {
      const changes = { ...data, updatedAt: context.clock() };
      const [job] = await unit.db.job.updateManyAndReturn({ where: { id }, data: changes });
      if (!job) throw new JobNotFound();
      announceJob(context, unit, verb, job);
      return job;
    });
  } catch (error) {
    if (isUniqueViolation(error)) throw new JobNameTaken(data.name);
    if (isForeignKeyViolation(error)) throw new JobFolderNotFound();
    throw error;
  }
}

/**
 * Deletes a job and its revisions. Its executions keep what they ran.
 * @throws {JobInUse} other jobs run it, or schedules start it
 * @throws {JobNotFound}
 */
export async function deleteJob(context: Context, named: string): Promise<string> {
  requirePermission(context.viewer, 'job:write');
  const { id } = await requireJob(context, named, 'WRITE');
  try {
    return await context.transact(async (unit) => {
      const job = await unit.db.job.findUnique({ where: { id } });
      if (!job) throw new JobNotFound();
      // Whoever refers to a job has a foreign key to it that forbids this: no reference can come in between.
      await unit.db.job.delete({ where: { id } });
      announceJob(context, unit, 'deleted', job);
      return id;
    });
  } catch (error) {
    if (isForeignKeyViolation(error))
      throw new JobInUse(await listParents(context, id), await listSchedules(context, id));
    throw error;
  }
}

async function listParents({ prisma, loaders }: Context, childId: string): Promise<Job[]> {
  const tree = await loaders.folderTree();
  const parents = await prisma.subJob.findMany({ where: { childId }, include: { parent: true }, take: 100 });
  return parents.map(({ parent }) => parent).filter(({ folderId }) => tree.may(folderId, 'READ'));
}

async function listSchedules({ prisma, viewer }: Context, jobId: string): Promise<Schedule[]> {
  return may(viewer, 'schedule:read') ? prisma.schedule.findMany({ where: { jobId }, take: 100 }) : [];
}
