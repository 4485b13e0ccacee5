import { requirePermission } from '@opsconductor/authz';
import { InvalidInput } from '@opsconductor/subgraph';
import type { Job } from '../../../generated/prisma/client.ts';
import type { ImportJobInput, JobDocumentFormat } from '../../../generated/graphql.ts';
import type { Context } from '../../context.ts';
import { requireFolder } from '../../folders/folders.ts';
import { readName } from '../../naming.ts';
import type { JobDefinition } from '../../workflows/definition.ts';
import { findJob, findRevision } from '../jobs.ts';
import { createJob, updateJob } from '../saveJob.ts';
import { readDocument, writeDocument } from './jobDocument.ts';
import type { ReadDocument } from './jobDocument.ts';
import { JobTemplateNotFound } from './refusals.ts';
import { findTemplate } from './templates.ts';

export interface ExportedJob {
  readonly fileName: string;
  readonly content: string;
}

/** @returns null when the job, or that revision of it, does not exist */
export async function exportJob(
  context: Context,
  id: string,
  number: number | null | undefined,
  format: JobDocumentFormat,
): Promise<ExportedJob | null> {
  const job = await findJob(context, id);
  const revision = job && (await findRevision(context, job.id, number ?? job.revisionNumber));
  if (!job || !revision) return null;
  const definition = revision.definition as unknown as JobDefinition;
  const stem =
    job.name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '') || 'job';
  return {
    fileName: `${stem}.${format.toLowerCase()}`,
    content: writeDocument({ name: job.name, definition }, format),
  };
}

/**
 * @throws {DocumentUnreadable} {@link JobTemplateNotFound} and what {@link createJob} and {@link updateJob} throw; of the
 *   latter's, JobChanged only when somebody else saves at the same moment
 */
export async function importJob(context: Context, input: ImportJobInput): Promise<Job> {
  requirePermission(context.viewer, 'job:write');
  const document = await readGiven(input);
  const name = readName(input.name ?? document.name);
  const { definition } = document;
  const folder = requireFolder(await context.loaders.folderTree(), input.folderId, 'WRITE');
  const existing =
    input.ifExists === 'UPDATE'
      ? await context.prisma.job.findUnique({ where: { folderId_name: { folderId: folder.id, name } } })
      : null;
  if (!existing) return createJob(context, { name, folderId: folder.id, definition, comment: 'Imported' });
  const { id, revisionNumber: baseRevision } = existing;
  return updateJob(context, { id, baseRevision, definition, comment: 'Imported' });
}

async function readGiven({ content, template }: ImportJobInput): Promise<ReadDocument> {
  if ((content == null) === (template == null))
    throw new InvalidInput('content', 'Give either a content or the name of a template.');
  if (content != null) return readDocument(content);
  const found = await findTemplate(template ?? '');
  if (!found) throw new JobTemplateNotFound();
  return readDocument(found.content);
}
