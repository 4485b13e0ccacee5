import { requirePermission } from '@opsconductor/authz';
import { BadUserInput, isId, readId, readPage } from '@opsconductor/subgraph';
import type { Connection, PageArguments } from '@opsconductor/subgraph';
import type { FolderAccess } from '../../generated/prisma/enums.ts';
import type { Job, JobRevision } from '../../generated/prisma/client.ts';
import type { Context } from '../context.ts';
import { requireFolder } from '../folders/folders.ts';
import { JobFolderNotFound } from '../folders/refusals.ts';
import { isStorable } from '../workflows/schema/texts.ts';
import { JobNotFound } from './refusals.ts';

const PAGE_LIMIT = 100;
const TEXT_LENGTH = 200;

/** @returns null when there is none: what may not be seen does not exist */
export async function findJob({ viewer, loaders }: Context, id: string): Promise<Job | null> {
  requirePermission(viewer, 'job:read');
  const known = readId(id);
  const job = known === undefined ? null : await loaders.job.load(known);
  return job && (await loaders.folderTree()).may(job.folderId, 'READ') ? job : null;
}

/**
 * A job with which the viewer may do something.
 * @throws {JobNotFound} there is none, as far as the viewer may know
 * @throws {Forbidden} they see it, and may not do that
 */
export async function requireJob(context: Context, id: string, access: FolderAccess): Promise<Job> {
  const job = await findJob(context, id);
  if (!job) throw new JobNotFound();
  requireFolder(await context.loaders.folderTree(), job.folderId, access);
  return job;
}

/** By name. */
export async function listJobs(
  { viewer, prisma, loaders }: Context,
  page: PageArguments,
  { folderId, text }: { folderId?: string | null | undefined; text?: string | null | undefined },
): Promise<Connection<Job>> {
  requirePermission(viewer, 'job:read');
  if (text != null && (text.length > TEXT_LENGTH || !isStorable(text)))
    throw new BadUserInput(`text has at most ${TEXT_LENGTH} characters.`);
  const folderIds = await findFolderIds(await loaders.folderTree(), folderId);
  const contains = text?.replace(/[\\%_]/g, '\\$&');
  return readPage(
    page,
    PAGE_LIMIT,
    ({ name, id }) => [name, id],
    (after, take) =>
      prisma.job.findMany({
        where: {
          folderId: { in: folderIds },
          ...(contains && { name: { contains, mode: 'insensitive' } }),
          ...(after && { AND: { OR: afterName(after) } }),
        },
        orderBy: [{ name: 'asc' }, { id: 'asc' }],
        take,
      }),
  );
}

type Tree = Awaited<ReturnType<Context['loaders']['folderTree']>>;

/** @returns the folders that the viewer may see, below one of them when it is named; none when that does not exist */
async function findFolderIds(tree: Tree, id: string | null | undefined): Promise<string[]> {
  try {
    return tree.visibleBelow(requireFolder(tree, id, 'READ').id);
  } catch (error) {
    // The root may be closed to somebody who may see a folder in it.
    if (!(error instanceof JobFolderNotFound)) throw error;
    return id == null ? tree.folders.map((folder) => folder.id).filter((each) => tree.may(each, 'READ')) : [];
  }
}

function afterName([name, id]: readonly (string | number)[]) {
  if (typeof name !== 'string' || !isStorable(name) || typeof id !== 'string' || !isId(id))
    throw new BadUserInput('after is not a cursor of this list.');
  return [{ name: { gt: name } }, { name, id: { gt: id } }];
}

/** @returns null when there is none */
export async function findRevision(context: Context, jobId: string, number: number): Promise<JobRevision | null> {
  const job = await findJob(context, jobId);
  if (!job || !Number.isInteger(number) || number < 1) return null;
  return context.loaders.jobRevision.load({ jobId: job.id, number });
}

/** Newest first. */
export async function listRevisions(
  context: Context,
  jobId: string,
  page: PageArguments,
): Promise<Connection<JobRevision>> {
  requirePermission(context.viewer, 'job:read');
  return readPage(
    page,
    PAGE_LIMIT,
    ({ number }) => [number],
    (after, take) =>
      context.prisma.jobRevision.findMany({
        where: { jobId, ...(after && { number: { lt: numberOf(after[0]) } }) },
        orderBy: { number: 'desc' },
        take,
      }),
  );
}

function numberOf(part: string | number | undefined): number {
  if (typeof part !== 'number' || !Number.isInteger(part) || part < 1 || part > 2_147_000_000)
    throw new BadUserInput('after is not a cursor of this list.');
  return part;
}
