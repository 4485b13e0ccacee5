import { InvalidInput, orRefusal } from '@opsconductor/subgraph';
import type { PageArguments } from '@opsconductor/subgraph';
import type { Job, JobRevision } from '../../generated/prisma/client.ts';
import type {
  CreateJobInput,
  DeleteJobInput,
  MoveJobInput,
  QueryJobDiffArgs,
  QueryJobRevisionArgs,
  QueryJobsArgs,
  RenameJobInput,
  RestoreRevisionInput,
  UpdateJobInput,
} from '../../generated/graphql.ts';
import type { Context } from '../context.ts';
import { JobFolderNotFound } from '../folders/refusals.ts';
import { deleteJob, moveJob, renameJob } from './arrangeJob.ts';
import { compareRevisions } from './compareRevisions.ts';
import { findJob, findRevision, listJobs, listRevisions } from './jobs.ts';
import { JobChanged, JobInUse, JobInvalid, JobNameTaken, JobNotFound, JobRevisionNotFound } from './refusals.ts';
import { createJob, restoreRevision, updateJob } from './saveJob.ts';

const saved = (work: Promise<Job>) => work.then((job) => ({ __typename: 'JobSaved', job }));
const userOf = ({ createdById }: { createdById: string }) => ({ __typename: 'User', id: createdById });

export const jobResolvers = {
  Query: {
    job: (_: unknown, { id }: { id: string }, context: Context) => findJob(context, id),
    jobs: (_: unknown, { folderId, text, ...page }: QueryJobsArgs, context: Context) =>
      listJobs(context, page, { folderId, text }),
    jobRevision: (_: unknown, { jobId, number }: QueryJobRevisionArgs, context: Context) =>
      findRevision(context, jobId, number),
    jobDiff: (_: unknown, { jobId, from, to }: QueryJobDiffArgs, context: Context) =>
      compareRevisions(context, jobId, from, to),
  },
  Mutation: {
    createJob: (_: unknown, { input }: { input: CreateJobInput }, context: Context) =>
      orRefusal([InvalidInput, JobInvalid, JobNameTaken, JobFolderNotFound], () => saved(createJob(context, input))),
    updateJob: (_: unknown, { input }: { input: UpdateJobInput }, context: Context) =>
      orRefusal([InvalidInput, JobInvalid, JobChanged, JobNotFound], () => saved(updateJob(context, input))),
    restoreRevision: (_: unknown, { input }: { input: RestoreRevisionInput }, context: Context) =>
      orRefusal([JobInvalid, JobChanged, JobNotFound, JobRevisionNotFound], () =>
        saved(restoreRevision(context, input)),
      ),
    renameJob: (_: unknown, { input }: { input: RenameJobInput }, context: Context) =>
      orRefusal([InvalidInput, JobNameTaken, JobNotFound], () => saved(renameJob(context, input))),
    moveJob: (_: unknown, { input }: { input: MoveJobInput }, context: Context) =>
      orRefusal([JobNameTaken, JobNotFound, JobFolderNotFound], () => saved(moveJob(context, input))),
    deleteJob: (_: unknown, { input }: { input: DeleteJobInput }, context: Context) =>
      orRefusal([JobNotFound, JobInUse], async () => ({
        __typename: 'JobDeleted',
        id: await deleteJob(context, input.id),
      })),
  },
  Job: {
    __resolveReference: ({ id }: { id: string }, context: Context) => findJob(context, id),
    folder: async ({ folderId }: Job, _: unknown, { loaders }: Context) => (await loaders.folderTree()).find(folderId),
    revision: ({ id, revisionNumber }: Job, _: unknown, { loaders }: Context) =>
      loaders.jobRevision.load({ jobId: id, number: revisionNumber }),
    revisions: ({ id }: Job, page: PageArguments, context: Context) => listRevisions(context, id, page),
    createdBy: userOf,
  },
  JobRevision: {
    job: ({ jobId }: JobRevision, _: unknown, context: Context) => findJob(context, jobId),
    restoredFrom: ({ restoredNumber }: JobRevision) => restoredNumber,
    createdBy: userOf,
  },
};
