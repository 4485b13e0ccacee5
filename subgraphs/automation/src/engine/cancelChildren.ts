import type { Step } from '../../generated/prisma/client.ts';
import { lockExecution } from '../executions/eventLog.ts';
import { isEnded } from '../executions/transitions.ts';
import { cancelWithin } from './cancelWithin.ts';
import type { Walk } from './walk.ts';

/** Executions that steps have started end with the one that they belong to; its steps end as they do. */
export async function cancelChildren(walk: Walk): Promise<void> {
  for (const step of walk.book.all())
    if (step.kind === 'subJob' && step.status === 'RUNNING') await cancelChild(walk, step);
}

async function cancelChild(walk: Walk, step: Step): Promise<void> {
  const { unit, now } = walk.execution;
  const child = await unit.db.execution.findFirst({ where: { parentStepId: step.id }, select: { id: true } });
  // Always from the parent to the child: no two transactions wait for each other.
  const locked = child && (await lockExecution(unit, child.id, now));
  // Without one it has not been started yet, and whoever is about to sees that it need not be.
  if (!locked) return;
  if (isEnded(locked.status)) {
    walk.book.change(step, { status: 'CANCELLED', reason: `The execution that it started ended as ${locked.status}.` });
    return;
  }
  if (locked.status === 'CANCELLING' || locked.status === 'COMPENSATING') return;
  await cancelWithin(locked);
  unit.enqueue('automation.advance', [{ executionId: locked.id }], locked.row.priority);
  await locked.save();
}
