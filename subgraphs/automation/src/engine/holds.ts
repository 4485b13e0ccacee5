/**
 * Places that tasks need while they run, over all executions: the lock of a target, and the slots of a label's value. A
 * place is a row that names its task; it is free when that task has an end, whoever forgot to give it back.
 */
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { WakeUps } from '@opsconductor/events';
import { Prisma } from '../../generated/prisma/client.ts';
import type { PrismaClient } from '../../generated/prisma/client.ts';
import type { FanOut } from '../workflows/definition.ts';

/** Without a wake-up a place is asked for again so often. */
const ASK_AGAIN_MS = 1_000;

/** One of `slots` places with the same key. */
export interface Place {
  readonly key: string;
  readonly slots: number;
}

/** What a task of a step needs on a target, in the order in which it is taken. */
export function placesOf(
  { lockTarget, limitPerLabel }: FanOut,
  targetId: string,
  labels: Readonly<Record<string, string>>,
): Place[] {
  const places: Place[] = [];
  const value = limitPerLabel && labels[limitPerLabel.label];
  if (limitPerLabel && value !== undefined)
    places.push({ key: `label:${limitPerLabel.label}=${value}`, slots: Math.max(1, limitPerLabel.limit) });
  if (lockTarget) places.push({ key: `target:${targetId}`, slots: 1 });
  return places;
}

/**
 * Waits until a task has all of its places: all or none, so that two tasks never wait for each other.
 * @returns a function that gives them back
 * @throws what `signal` was aborted with
 */
export async function holdPlaces(
  prisma: PrismaClient,
  wakeUps: WakeUps,
  taskId: string,
  places: readonly Place[],
  signal: AbortSignal,
): Promise<() => Promise<void>> {
  const topics = places.map(({ key }) => topicOf(key));
  const release = async () => {
    await prisma.taskHold.deleteMany({ where: { taskId } });
    await wakeUps.announce(topics);
  };
  for (let isFirst = true; ; isFirst = false) {
    signal.throwIfAborted();
    const awake = listen(wakeUps, topics, signal);
    try {
      if (await tryToHold(prisma, taskId, places)) return release;
      if (isFirst)
        await prisma.task.updateMany({ where: { id: taskId, status: 'PENDING' }, data: { waitsForHold: true } });
      await awake.woken;
    } finally {
      awake.stop();
    }
  }
}

function listen(wakeUps: WakeUps, topics: readonly string[], signal: AbortSignal) {
  const over = new AbortController();
  const unlisten = topics.map((topic) => wakeUps.listen(topic, () => over.abort()));
  const woken = pause(ASK_AGAIN_MS, undefined, { signal: AbortSignal.any([signal, over.signal]) }).catch(
    () => undefined,
  );
  const stop = () => {
    over.abort();
    for (const end of unlisten) end();
  };
  return { woken, stop };
}

/** One transaction: a task that does not get all places has taken none. */
async function tryToHold(prisma: PrismaClient, taskId: string, places: readonly Place[]): Promise<boolean> {
  return prisma.$transaction(async (db) => {
    for (const { key, slots } of places) {
      await db.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${`hold ${key}`}, 0))`;
      await db.$executeRaw(Prisma.sql`
        delete from task_holds as hold
        where key = ${key} and not exists (
          select from tasks where tasks.id = hold.task_id and tasks.finished_at is null)`);
      const taken = await db.taskHold.findMany({ where: { key }, select: { slot: true, taskId: true } });
      if (taken.some((hold) => hold.taskId === taskId)) continue;
      const used = new Set(taken.map(({ slot }) => slot));
      const free = Array.from({ length: slots }, (_, slot) => slot).find((slot) => !used.has(slot));
      if (free === undefined) {
        await db.taskHold.deleteMany({ where: { taskId } });
        return false;
      }
      await db.taskHold.create({ data: { key, slot: free, taskId } });
    }
    return true;
  });
}

function topicOf(key: string): string {
  return `hold.${createHash('sha256').update(key).digest('hex').slice(0, 32)}`;
}
