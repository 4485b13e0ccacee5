import { Forbidden, requirePermission } from '@opsconductor/authz';
import { InvalidInput, readId } from '@opsconductor/subgraph';
import type { Unit } from '@opsconductor/events';
import type { FolderAccess } from '../../generated/prisma/enums.ts';
import type { JobFolder } from '../../generated/prisma/client.ts';
import type { CreateJobFolderInput, RenameJobFolderInput, SetFolderGrantsInput } from '../../generated/graphql.ts';
import type { Context } from '../context.ts';
import { isForeignKeyViolation, isUniqueViolation } from '../databaseFaults.ts';
import type { Db } from '../executions/eventLog.ts';
import { JOBS_TOPIC } from '../jobs/topics.ts';
import { readName } from '../naming.ts';
import { FOLDER_DEPTH, FOLDER_LIMIT, ROOT_FOLDER_ID } from './folderTree.ts';
import type { FolderTree } from './folderTree.ts';
import { JobFolderNameTaken, JobFolderNotEmpty, JobFolderNotFound } from './refusals.ts';

const GRANTS = 500;

/** All that the viewer may see, by path: each after the one that it is in. */
export async function listFolders({ viewer, loaders }: Context): Promise<JobFolder[]> {
  requirePermission(viewer, 'job:read');
  const tree = await loaders.folderTree();
  const paths = new Map(tree.folders.map(({ id }) => [id, tree.pathOf(id)]));
  return tree.folders
    .filter(({ id }) => tree.may(id, 'READ'))
    .sort((one, other) => ((paths.get(one.id) ?? '') < (paths.get(other.id) ?? '') ? -1 : 1));
}

/**
 * A folder in which the viewer may do something; the root when none is named.
 * @throws {JobFolderNotFound} it does not exist, as far as the viewer may know
 * @throws {Forbidden} they see it, and may not do that
 */
export function requireFolder(tree: FolderTree, id: string | null | undefined, access: FolderAccess): JobFolder {
  const known = id == null ? ROOT_FOLDER_ID : readId(id);
  const folder = known === undefined ? undefined : tree.find(known);
  if (!folder || !tree.may(folder.id, 'READ')) throw new JobFolderNotFound();
  if (!tree.may(folder.id, access)) throw new Forbidden(access === 'RUN' ? 'execution:start' : 'job:write');
  return folder;
}

/** @throws {JobFolderNotFound} {@link JobFolderNameTaken} {@link InvalidInput} */
export async function createFolder(context: Context, input: CreateJobFolderInput): Promise<JobFolder> {
  requirePermission(context.viewer, 'job:write');
  const name = readName(input.name);
  const tree = await context.loaders.folderTree();
  const parent = requireFolder(tree, input.parentId, 'WRITE');
  if (tree.folders.length >= FOLDER_LIMIT) throw new InvalidInput('name', `There are at most ${FOLDER_LIMIT} folders.`);
  if (tree.depthOf(parent.id) >= FOLDER_DEPTH)
    throw new InvalidInput('parentId', `Folders are at most ${FOLDER_DEPTH} deep.`);
  return change(context, name, async (unit) => {
    const folder = await unit.db.jobFolder.create({ data: { name, parentId: parent.id } });
    announce(context, unit, 'created', folder);
    return folder;
  });
}

/** @throws {JobFolderNotFound} {@link JobFolderNameTaken} {@link InvalidInput} */
export async function renameFolder(context: Context, input: RenameJobFolderInput): Promise<JobFolder> {
  requirePermission(context.viewer, 'job:write');
  const name = readName(input.name);
  const { id } = requireBelowRoot(requireFolder(await context.loaders.folderTree(), input.id, 'WRITE'));
  return change(context, name, async (unit) => {
    const [folder] = await unit.db.jobFolder.updateManyAndReturn({ where: { id }, data: { name } });
    if (!folder) throw new JobFolderNotFound();
    announce(context, unit, 'renamed', folder);
    return folder;
  });
}

/** @throws {JobFolderNotFound} {@link JobFolderNotEmpty} {@link InvalidInput} */
export async function deleteFolder(context: Context, named: string): Promise<string> {
  requirePermission(context.viewer, 'job:write');
  const folder = requireBelowRoot(requireFolder(await context.loaders.folderTree(), named, 'WRITE'));
  try {
    return await context.transact(async (unit) => {
      const { count } = await unit.db.jobFolder.deleteMany({ where: { id: folder.id } });
      if (count === 0) throw new JobFolderNotFound();
      announce(context, unit, 'deleted', folder);
      return folder.id;
    });
  } catch (error) {
    if (isForeignKeyViolation(error)) throw new JobFolderNotEmpty();
    throw error;
  }
}

/**
 * Replaces who may do what in a folder.
 * @throws {JobFolderNotFound} {@link InvalidInput}
 */
export async function setFolderGrants(context: Context, input: SetFolderGrantsInput): Promise<JobFolder> {
  requirePermission(context.viewer, 'folder:grant');
  const folder = requireFolder(await context.loaders.folderTree(), input.id, 'READ');
  if (input.grants.length > GRANTS) throw new InvalidInput('grants', `A folder has at most ${GRANTS} grants.`);
  const grants = input.grants.map(({ userId: named, access }, index) => {
    const userId = readId(named);
    if (userId === undefined) throw new InvalidInput(`grants.${index}.userId`, 'This is not the id of a user.');
    return { folderId: folder.id, userId, access };
  });
  if (new Set(grants.map(({ userId }) => userId)).size < grants.length)
    throw new InvalidInput('grants', 'A user is named twice.');
  return context.transact(async (unit) => {
    await unit.db.folderGrant.deleteMany({ where: { folderId: folder.id } });
    await unit.db.folderGrant.createMany({ data: grants });
    announce(context, unit, 'granted', folder, { grants: grants.length });
    return folder;
  });
}

function requireBelowRoot(folder: JobFolder): JobFolder {
  if (folder.id === ROOT_FOLDER_ID) throw new InvalidInput('id', 'The root stays as it is.');
  return folder;
}

async function change(
  { transact }: Context,
  name: string,
  work: (unit: Unit<Db>) => Promise<JobFolder>,
): Promise<JobFolder> {
  try {
    return await transact(work);
  } catch (error) {
    if (isUniqueViolation(error)) throw new JobFolderNameTaken(name);
    if (isForeignKeyViolation(error)) throw new JobFolderNotFound();
    throw error;
  }
}

function announce(
  { viewer, requestId, loaders }: Context,
  unit: Unit<Db>,
  verb: 'created' | 'renamed' | 'deleted' | 'granted',
  folder: JobFolder,
  data: Record<string, string | number> = {},
): void {
  unit.wake(JOBS_TOPIC);
  unit.emit({
    type: `automation.jobFolder.${verb}`,
    actorId: viewer.kind === 'user' ? viewer.userId : null,
    requestId,
    subject: { type: 'jobFolder', id: folder.id },
    data: { name: folder.name, parentId: folder.parentId, ...data },
  });
  // What is answered next is read again.
  loaders.forgetFolders();
}
