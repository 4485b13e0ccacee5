import { readApproval, requestApproval } from '../../approvals/requestApproval.ts';
import type { Step } from '../../../generated/prisma/client.ts';
import { hashJson } from '../../jobs/canonicalJson.ts';
import type { ActionOf, WorkflowNode, Workflow } from '../../workflows/definition.ts';
import type { StepPatch } from '../stepBook.ts';
import type { Walk } from '../walk.ts';

type ApprovalSettings = Omit<ActionOf<'approval'>, 'kind'>;

/** Asks for a decision. Nobody waits for it: it has the execution looked at. */
export async function askForApproval(walk: Walk, step: Step, settings: ApprovalSettings): Promise<StepPatch> {
  const subjectHash = hashJson([settings, step.nodeId, walk.inputs]);
  await request(walk, `${step.key}#${step.attempt}`, subjectHash, settings);
  return { status: 'WAITING', state: { subjectHash } };
}

/** @returns what has become of the step by the decision; nothing while there is none */
export async function followApproval(
  walk: Walk,
  step: Step,
  node: WorkflowNode,
  workflow: Workflow,
): Promise<StepPatch | undefined> {
  const { subjectHash = '' } = (step.state ?? {}) as { subjectHash?: string };
  const { unit, id: executionId } = walk.execution;
  const outcome = await readApproval(unit.db, { executionId, key: `${step.key}#${step.attempt}`, subjectHash });
  switch (outcome?.status) {
    case 'APPROVED':
      return {
        status: 'SUCCEEDED',
        branch: 'approved',
        outputs: { values: outcome.answers } as StepPatch['outputs'] & object,
      };
    case 'REJECTED': {
      // Where the workflow says what follows a rejection, it is an answer like another.
      const isForeseen = workflow.edges.some(({ from, branch }) => from === node.id && branch === 'rejected');
      return { status: isForeseen ? 'SUCCEEDED' : 'FAILED', branch: 'rejected', reason: 'It was rejected.' };
    }
    case 'EXPIRED':
      return { status: 'TIMED_OUT', reason: 'Nobody decided in time.' };
    case 'WITHDRAWN':
      return { status: 'CANCELLED', reason: 'The approval was withdrawn.' };
    default:
      return undefined;
  }
}

/** What is decided before an execution begins. @returns why it may not begin, `waiting` until there is a decision */
export async function followStartApproval(
  walk: Walk,
  settings: ApprovalSettings,
): Promise<'approved' | 'waiting' | { readonly reason: string }> {
  const subjectHash = hashJson([settings, walk.workflow, walk.inputs, walk.inputHash]);
  await request(walk, 'start', subjectHash, settings);
  const { unit, id: executionId } = walk.execution;
  const outcome = await readApproval(unit.db, { executionId, key: 'start', subjectHash });
  if (outcome?.status === 'APPROVED') return 'approved';
  if (outcome?.status === 'PENDING') return 'waiting';
  return { reason: outcome?.status === 'EXPIRED' ? 'Nobody approved it in time.' : 'It was not approved.' };
}

async function request(walk: Walk, key: string, subjectHash: string, settings: ApprovalSettings): Promise<void> {
  const { unit, id: executionId, row, now } = walk.execution;
  const { jobId, startedById: requestedById } = row;
  await requestApproval(unit, { executionId, key, jobId, requestedById, subjectHash, settings }, now);
}
