/** Jobs that run other jobs: that those are there, get the inputs they need, and never lead back. */
import type { ActionOf, JobDefinition, NodeSettings, Workflow } from '../workflows/definition.ts';
import type { DefinitionProblem } from '../workflows/validation/index.ts';
import type { Db } from '../executions/eventLog.ts';
import type { FolderTree } from '../folders/folderTree.ts';

type SubJobNode = NodeSettings & ActionOf<'subJob'>;

export function listSubJobNodes({ nodes }: Workflow): SubJobNode[] {
  return nodes.flatMap((node) => {
    if (node.kind === 'forEach') return listSubJobNodes(node.body);
    return node.kind === 'subJob' ? [node] : [];
  });
}

/**
 * @param jobId of the job that is saved; undefined for a new one, to which nothing can lead yet
 * @param db in a transaction: no other job is saved with sub-jobs before it ends, so that two that are saved at once
 *   cannot close a circle that neither sees
 */
export async function checkSubJobs(
  db: Db,
  tree: FolderTree,
  jobId: string | undefined,
  { workflow }: Pick<JobDefinition, 'workflow'>,
): Promise<DefinitionProblem[]> {
  const nodes = listSubJobNodes(workflow);
  if (nodes.length === 0) return [];
  await db.$executeRaw`select pg_advisory_xact_lock(hashtext('automation.sub_jobs'))`;
  const ids = [...new Set(nodes.map((node) => node.jobId.toLowerCase()))];
  const jobs = await db.job.findMany({ where: { id: { in: ids } } });
  const known = new Map(jobs.filter(({ folderId }) => tree.may(folderId, 'RUN')).map((job) => [job.id, job]));
  const leadingBack = jobId === undefined ? new Set<string>() : await findLeadingBack(db, ids, jobId);
  const found = await Promise.all(
    nodes.map(async (node) => {
      const job = known.get(node.jobId.toLowerCase());
      if (!job) return [subJobProblem(node, 'jobId', 'There is no such job.')];
      if (leadingBack.has(job.id)) return [subJobProblem(node, 'jobId', 'The job would run itself.')];
      const number = node.revision ?? job.revisionNumber;
      const revision = await db.jobRevision.findUnique({ where: { jobId_number: { jobId: job.id, number } } });
      if (!revision) return [subJobProblem(node, 'revision', `The job has no revision ${number}.`)];
      return checkInputs(node, revision.definition as unknown as JobDefinition);
    }),
  );
  return found.flat();
}

/** Those of the jobs from which sub-jobs lead to a job. */
async function findLeadingBack(db: Db, ids: readonly string[], jobId: string): Promise<ReadonlySet<string>> {
  const rows = await db.$queryRaw<{ root: string }[]>`
    with recursive below (root, id) as (
      select id, id from unnest(${ids}::uuid[]) as id
      union
      select below.root, sub_jobs.child_id from below join sub_jobs on sub_jobs.parent_id = below.id
    )
    select distinct root from below where id = ${jobId}::uuid`;
  return new Set(rows.map(({ root }) => root));
}

function checkInputs(node: SubJobNode, { parameters }: JobDefinition): DefinitionProblem[] {
  const given = node.inputExpressions ?? {};
  const names = new Set(parameters.map(({ name }) => name));
  const missing = parameters.filter(
    ({ name, isRequired, default: preset, visibleExpression }) =>
      isRequired === true && preset === undefined && visibleExpression === undefined && !Object.hasOwn(given, name),
  );
  return [
    ...Object.keys(given)
      .filter((name) => !names.has(name))
      .map((name) => subJobProblem(node, `inputExpressions.${name}`, `The job has no parameter ${name}.`)),
    ...missing.map(({ name }) => subJobProblem(node, 'inputExpressions', `The job needs ${name}.`)),
  ];
}

function subJobProblem({ id }: SubJobNode, field: string, message: string): DefinitionProblem {
  return { code: 'SUB_JOB', node: id, field, message };
}

/** Records which jobs the newest revision of a job runs. */
export async function replaceSubJobs(db: Db, parentId: string, { workflow }: JobDefinition): Promise<void> {
  const childIds = [...new Set(listSubJobNodes(workflow).map((node) => node.jobId.toLowerCase()))];
  await db.subJob.deleteMany({ where: { parentId } });
  await db.subJob.createMany({ data: childIds.map((childId) => ({ parentId, childId })) });
}
