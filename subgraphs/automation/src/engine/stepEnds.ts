import type { Step } from '../../generated/prisma/client.ts';
import { isStepEnded } from '../executions/transitions.ts';

/** Whether a step has ended in a way that is no success. */
export function hasFailed({ status }: Pick<Step, 'status'>): boolean {
  return isStepEnded(status) && status !== 'SUCCEEDED' && status !== 'SKIPPED';
}

/** Whether its workflow takes it for failed: also when nobody could say which way to go on from it. */
export function countsAsFailed(step: Pick<Step, 'status' | 'state'>): boolean {
  return hasFailed(step) || (step.state as { hasEdgeFault?: boolean } | null)?.hasEdgeFault === true;
}

/** Whether a step is one look of a node that waits: that it failed is an answer. */
export function isProbe({ role, causeId }: Pick<Step, 'role' | 'causeId'>): boolean {
  return role === 'FLOW' && causeId !== null;
}
