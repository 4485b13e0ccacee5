import type { Db } from '../context.ts';

/** A secret that goes to an executor, for one attempt at a task. */
export interface Release {
  readonly taskId: string;
  readonly attempt: number;
  readonly executionId: string;
  readonly credentialId: string;
  readonly targetId: string;
  readonly releasedAt: Date;
}

/**
 * Records releases. Who was first is decided by the primary key; an executor that fell behind is too late as soon as a
 * later attempt is recorded.
 * @returns the {@link attemptOf} of those that were not recorded before
 */
export async function recordReleases(db: Db, releases: readonly Release[]): Promise<Set<string>> {
  const earlier = await db.credentialRelease.groupBy({
    by: ['taskId'],
    where: { taskId: { in: releases.map(({ taskId }) => taskId) } },
    _max: { attempt: true },
  });
  const latest = new Map(earlier.map(({ taskId, _max }) => [taskId, _max.attempt ?? 0]));
  const recorded = await db.credentialRelease.createManyAndReturn({
    data: releases.filter(({ taskId, attempt }) => attempt > (latest.get(taskId) ?? 0)),
    skipDuplicates: true,
    select: { taskId: true, attempt: true },
  });
  return new Set(recorded.map(attemptOf));
}

/** Names one attempt at a task. */
export function attemptOf({ taskId, attempt }: { taskId: string; attempt: number }): string {
  return `${taskId} ${attempt}`;
}
