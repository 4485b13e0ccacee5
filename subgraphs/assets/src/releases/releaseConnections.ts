import type { NewDomainEvent } from '@opsconductor/events';
import type { ReleaseRequest, ReleasedConnections } from '@opsconductor/fleet';
import { actorOf } from '../actor.ts';
import type { Context } from '../context.ts';
import { connectionTo, findReachableTargets } from './reachableTargets.ts';
import type { ReachableTarget } from './reachableTargets.ts';
import { attemptOf, recordReleases } from './recordReleases.ts';

type Task = ReleaseRequest['tasks'][number];
type Answer = ReleasedConnections['connections'][number];

/** Why a connection is refused, with the sentence that the task's owner reads. */
const refusals = {
  TARGET_NOT_FOUND: 'The target does not exist any more.',
  NO_CREDENTIAL: 'No credential is given for the target.',
  CREDENTIAL_UNREADABLE: 'The credential of the target cannot be opened.',
  ALREADY_RELEASED: 'The credential was given out for this attempt, or a later one, already.',
} as const;

/**
 * Gives executors what they need to reach targets: once for each task and attempt, recorded and announced in the same
 * transaction, as every refusal is. For executors only, which the route sees to. The number of statements does not
 * grow with the number of tasks, events aside.
 * @returns an answer for each task, in their order
 */
export async function releaseConnections(context: Context, request: ReleaseRequest): Promise<ReleasedConnections> {
  const tasks = request.tasks.map(asStored);
  const executionId = request.executionId.toLowerCase();
  return context.transact(async (unit) => {
    const targets = await findReachableTargets(
      unit.db,
      context,
      tasks.map(({ targetId }) => targetId),
    );
    const releases = tasks.flatMap((task) => {
      const target = targets.get(task.targetId);
      if (!target?.credential || !target.authentication) return [];
      return [{ ...task, executionId, credentialId: target.credential.id, releasedAt: context.clock() }];
    });
    const released = await recordReleases(unit.db, releases);
    const connections = tasks.map((task): Answer => {
      const refuse = (reason: keyof typeof refusals): Answer => {
        unit.emit({ ...refusedEvent(task, reason, executionId), ...by(context) });
        return { outcome: 'refused', taskId: task.taskId, reason: refusals[reason] };
      };
      const target = targets.get(task.targetId);
      if (!target) return refuse('TARGET_NOT_FOUND');
      const { credential, authentication } = target;
      if (!credential) return refuse('NO_CREDENTIAL');
      if (!authentication) return refuse('CREDENTIAL_UNREADABLE');
      // Deleted as it is used: the same attempt twice in one request is released once.
      if (!released.delete(attemptOf(task))) return refuse('ALREADY_RELEASED');
      unit.emit({ ...releasedEvent(task, target, credential, executionId), ...by(context) });
      return { outcome: 'released', taskId: task.taskId, ...connectionTo(target, credential, authentication) };
    });
    return { connections };
  });
}

/** Ids are compared as the database writes them. */
function asStored({ taskId, attempt, targetId }: Task): Task {
  return { taskId: taskId.toLowerCase(), attempt, targetId: targetId.toLowerCase() };
}

function by(context: Context): Pick<NewDomainEvent, 'actorId' | 'requestId'> {
  return { actorId: actorOf(context), requestId: context.requestId };
}

function releasedEvent(
  { taskId, attempt }: Task,
  { id, name }: ReachableTarget,
  credential: { id: string; name: string },
  executionId: string,
) {
  return {
    type: 'assets.credential.released',
    subject: { type: 'credential', id: credential.id },
    data: { executionId, taskId, attempt, targetId: id, targetName: name, credentialName: credential.name },
  };
}

function refusedEvent({ taskId, attempt, targetId }: Task, reason: keyof typeof refusals, executionId: string) {
  return {
    type: 'assets.credential.refused',
    subject: { type: 'target', id: targetId },
    data: { executionId, taskId, attempt, reason },
  };
}
