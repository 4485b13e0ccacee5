import { requirePermission } from '@opsconductor/authz';
import { InvalidInput, orRefusal } from '@opsconductor/subgraph';
import type { ImportJobInput, QueryExportJobArgs } from '../../../generated/graphql.ts';
import type { Context } from '../../context.ts';
import { JobFolderNotFound } from '../../folders/refusals.ts';
import { JobChanged, JobInvalid, JobNameTaken } from '../refusals.ts';
import { exportJob, importJob } from './importJob.ts';
import { DocumentUnreadable, JobTemplateNotFound } from './refusals.ts';
import { listTemplates } from './templates.ts';

const refusals = [
  InvalidInput,
  JobInvalid,
  JobNameTaken,
  JobChanged,
  JobFolderNotFound,
  DocumentUnreadable,
  JobTemplateNotFound,
];

export const exchangeResolvers = {
  Query: {
    exportJob: (_: unknown, { id, revision, format }: QueryExportJobArgs, context: Context) =>
      exportJob(context, id, revision, format ?? 'YAML'),
    jobTemplates: (_: unknown, _args: unknown, { viewer }: Context) => {
      requirePermission(viewer, 'job:read');
      return listTemplates();
    },
  },
  Mutation: {
    importJob: (_: unknown, { input }: { input: ImportJobInput }, context: Context) =>
      orRefusal(refusals, async () => ({ __typename: 'JobSaved', job: await importJob(context, input) })),
  },
};
