import { SELECTION_LIMIT } from '@opsconductor/fleet';
import type { FleetCall, Selection } from '@opsconductor/fleet';
import { InvalidInput } from '@opsconductor/subgraph';
import type { Execution, Prisma } from '../../generated/prisma/client.ts';
import type { Context } from '../context.ts';
import { countRunning } from '../engine/advance.ts';
import { isTargetNode } from '../engine/nodes/targetKinds.ts';
import type { JobDefinition, Workflow } from '../workflows/definition.ts';
import type { StartKey } from './idempotency.ts';
import { recordExecution } from './recordExecution.ts';
import { JobIsFull, NoTargetSelected } from './refusals.ts';
import { selectTargets } from './selection.ts';
import type { SelectedTarget } from './selection.ts';

/** Wall time of a task whose node says none. */
const TASK_SECONDS = 3_600;
const PRIORITY_LIMIT = 100;

/** What is run: the revision of a job, as it is now. Later changes of the job change nothing in what was started. */
export interface PinnedRevision {
  readonly jobId: string;
  readonly number: number;
  readonly definition: JobDefinition;
}

export interface RevisionStart {
  readonly revision: PinnedRevision;
  /** Checked values of the parameters. */
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly targets: readonly SelectedTarget[];
  readonly priority: number;
  readonly startedById: string;
  readonly requestId: string;
  readonly key: StartKey;
  /** For an execution that belongs to another one. */
  readonly parent?: { readonly stepId: string; readonly depth: number };
}

type Recorder = Pick<Context, 'transact' | 'clock'>;

/**
 * Records an execution of a job.
 * @throws {JobIsFull} when the job says so
 */
export function recordRevision({ transact, clock }: Recorder, start: RevisionStart): Promise<Execution> {
  const { revision, inputs, targets, priority, startedById, requestId, key, parent } = start;
  const { jobId, number, definition } = revision;
  const { concurrency, timeoutSeconds, executorLabel } = definition.policies ?? {};
  return transact(async (unit) => {
    if (concurrency?.whenFull === 'refuse' && (await countRunning(unit, jobId)) >= concurrency.limit)
      throw new JobIsFull(concurrency.limit);
    const now = clock();
    const deadlineAt = timeoutSeconds === undefined ? null : new Date(now.getTime() + timeoutSeconds * 1_000);
    const data = {
      kind: 'JOB',
      timeoutSeconds: TASK_SECONDS,
      definition: definition as unknown as Prisma.InputJsonObject,
      jobId,
      jobRevision: number,
      inputs: inputs as Prisma.InputJsonObject,
      priority,
      executorLabel: executorLabel ?? null,
      deadlineAt,
      parentStepId: parent?.stepId ?? null,
      depth: parent?.depth ?? 0,
      startedById,
      requestId,
      ...key,
    } as const;
    const execution = await recordExecution(unit, data, targets, now);
    if (deadlineAt) unit.enqueue('automation.advance', [{ executionId: execution.id }], priority, deadlineAt);
    return execution;
  });
}

/**
 * The targets of a job, or those of them that a start names.
 * @throws {NoTargetSelected} when the workflow works on targets and there is none
 */
export async function resolveTargets(
  call: FleetCall & Pick<Context, 'fleet'>,
  { targetIds, targetFilter, workflow }: JobDefinition,
  narrowing: Selection | undefined,
): Promise<SelectedTarget[]> {
  const own: Selection = {
    ...(targetIds && targetIds.length > 0 && { targetIds: [...targetIds] }),
    ...(targetFilter !== undefined && { filter: targetFilter }),
  };
  const hasOwn = Object.keys(own).length > 0;
  if (!hasOwn && !narrowing) {
    if (worksOnTargets(workflow)) throw new NoTargetSelected();
    return [];
  }
  const all = hasOwn ? await selectTargets(call, own) : undefined;
  if (!narrowing) return all ?? [];
  const named = await selectTargets(call, narrowing);
  if (!all) return named;
  const ids = new Set(named.map(({ id }) => id));
  const common = all.filter(({ id }) => ids.has(id));
  if (common.length === 0) throw new NoTargetSelected();
  return common.slice(0, SELECTION_LIMIT);
}

export function hasOwnTargets({ targetFilter, targetIds }: JobDefinition): boolean {
  return targetFilter !== undefined || (targetIds?.length ?? 0) > 0;
}

/** @throws {InvalidInput} */
export function checkPriority(priority: number | null | undefined, otherwise: number | undefined): number {
  const chosen = priority ?? otherwise ?? 0;
  if (Math.abs(chosen) > PRIORITY_LIMIT)
    throw new InvalidInput('priority', `A priority is from -${PRIORITY_LIMIT} to ${PRIORITY_LIMIT}.`);
  return chosen;
}

function worksOnTargets({ nodes }: Workflow): boolean {
  return nodes.some((node) => isTargetNode(node) || (node.kind === 'forEach' && worksOnTargets(node.body)));
}
