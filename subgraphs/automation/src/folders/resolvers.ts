import { InvalidInput, orRefusal } from '@opsconductor/subgraph';
import type { JobFolder } from '../../generated/prisma/client.ts';
import type {
  CreateJobFolderInput,
  DeleteJobFolderInput,
  RenameJobFolderInput,
  SetFolderGrantsInput,
} from '../../generated/graphql.ts';
import type { Context } from '../context.ts';
import { createFolder, deleteFolder, listFolders, renameFolder, setFolderGrants } from './folders.ts';
import { JobFolderNameTaken, JobFolderNotEmpty, JobFolderNotFound } from './refusals.ts';

const saved = (work: Promise<JobFolder>) => work.then((folder) => ({ __typename: 'JobFolderSaved', folder }));
const declared = [InvalidInput, JobFolderNotFound, JobFolderNameTaken, JobFolderNotEmpty];

export const folderResolvers = {
  Query: {
    jobFolders: (_: unknown, _args: unknown, context: Context) => listFolders(context),
  },
  Mutation: {
    createJobFolder: (_: unknown, { input }: { input: CreateJobFolderInput }, context: Context) =>
      orRefusal(declared, () => saved(createFolder(context, input))),
    renameJobFolder: (_: unknown, { input }: { input: RenameJobFolderInput }, context: Context) =>
      orRefusal(declared, () => saved(renameFolder(context, input))),
    deleteJobFolder: (_: unknown, { input }: { input: DeleteJobFolderInput }, context: Context) =>
      orRefusal(declared, async () => ({ __typename: 'JobFolderDeleted', id: await deleteFolder(context, input.id) })),
    setFolderGrants: (_: unknown, { input }: { input: SetFolderGrantsInput }, context: Context) =>
      orRefusal(declared, () => saved(setFolderGrants(context, input))),
  },
  JobFolder: {
    path: async ({ id }: JobFolder, _: unknown, { loaders }: Context) => (await loaders.folderTree()).pathOf(id),
    access: async ({ id }: JobFolder, _: unknown, { loaders }: Context) => (await loaders.folderTree()).accessTo(id),
    grants: async ({ id }: JobFolder, _: unknown, { loaders }: Context) => (await loaders.folderTree()).grantsOf(id),
  },
  FolderGrant: {
    user: ({ userId }: { userId: string }) => ({ __typename: 'User', id: userId }),
  },
};
