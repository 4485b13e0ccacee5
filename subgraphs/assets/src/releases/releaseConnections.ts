import type { NewDomainEvent } from '@opsconductor/events';
import type { ReleaseRequest, ReleasedConnections } from '@opsconductor/fleet';
import { actorOf } from '../actor.ts';
import type { Context, Db } from '../context.ts';
import { connectionTo, findReachableTargets } from './reachableTargets.ts';
import type { ReachableTarget } from './reachableTargets.ts';
import { attemptOf, recordReleases } from './recordReleases.ts';
import type { Release } from './recordReleases.ts';

type Task = ReleaseRequest['tasks'][number];
type Answer = ReleasedConnections['connections'][number];

/** Why a connection is refused, with the sentence that the task's owner reads. */
const refusals = {
  TARGET_NOT_FOUND: 'The target does not exist any more.',
  NO_CREDENTIAL: 'No credential is given for the target.',
  CREDENTIAL_NOT_VALID: 'No version of the credential of the target holds at this time.',
  CREDENTIAL_NOT_FOR_SSH: 'The credential of the target is of a kind that does not sign in over SSH.',
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
      if (target?.login.outcome !== 'ready') return [];
      return [{ ...task, executionId, credentialId: target.login.credential.id, releasedAt: context.clock() }];
    });
    const released = await recordReleases(unit.db, releases);
    await recordLastExecution(unit.db, executionId, releases, context.clock());
    const connections = tasks.map((task): Answer => {
      const refuse = (reason: keyof typeof refusals): Answer => {
        unit.emit({ ...refusedEvent(task, reason, executionId), ...by(context) });
        return { outcome: 'refused', taskId: task.taskId, reason: refusals[reason] };
      };
      const target = targets.get(task.targetId);
      if (!target) return refuse('TARGET_NOT_FOUND');
      const { login } = target;
      if (login.outcome !== 'ready') return refuse(login.outcome);
      // Deleted as it is used: the same attempt twice in one request is released once.
      if (!released.delete(attemptOf(task))) return refuse('ALREADY_RELEASED');
      unit.emit({ ...releasedEvent(task, target, login.credential, executionId), ...by(context) });
      return { outcome: 'released', taskId: task.taskId, ...connectionTo(target, login) };
    });
    return { connections };
  });
}

/** What last ran on a target, as far as this domain knows. */
async function recordLastExecution(
  db: Db,
  lastExecutionId: string,
  releases: readonly Release[],
  lastExecutionAt: Date,
) {
  const ids = releases.map(({ targetId }) => targetId);
  await db.target.updateMany({ where: { id: { in: ids } }, data: { lastExecutionId, lastExecutionAt } });
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
