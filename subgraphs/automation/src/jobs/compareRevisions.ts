import type { JobRevision } from '../../generated/prisma/client.ts';
import type { Context } from '../context.ts';
import type { JobDefinition } from '../workflows/definition.ts';
import { diffDefinitions } from './diffDefinitions.ts';
import type { DefinitionChange } from './diffDefinitions.ts';
import { findRevision } from './jobs.ts';

export interface RevisionDiff {
  readonly from: JobRevision;
  readonly to: JobRevision;
  readonly changes: readonly DefinitionChange[];
}

/** @returns null when one of the revisions does not exist */
export async function compareRevisions(
  context: Context,
  jobId: string,
  from: number,
  to: number,
): Promise<RevisionDiff | null> {
  const [earlier, later] = await Promise.all([findRevision(context, jobId, from), findRevision(context, jobId, to)]);
  if (!earlier || !later) return null;
  const changes = diffDefinitions(
    earlier.definition as unknown as JobDefinition,
    later.definition as unknown as JobDefinition,
  );
  return { from: earlier, to: later, changes };
}
