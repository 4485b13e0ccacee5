/** What becomes of a schedule's ticks when somebody looks: pure, and the same in every process. */
import type { MissedRunPolicy } from '../../generated/prisma/enums.ts';
import { firingOf, tickAfterBlock } from './timing/firings.ts';
import type { Firing, Plan } from './timing/firings.ts';
import { lastTicks, ticksBetween } from './timing/timing.ts';

/** What is later than this was missed: nothing was there to fire it. */
export const MISSED_AFTER_MS = 5_000;
/** Missed ticks that ALL makes up for. */
const CATCH_UP_LIMIT = 1_000;

export interface DueTicks {
  readonly due: readonly Firing[];
  /** Ticks that do not fire, with the reason; one that stands for many says so. */
  readonly passed: readonly (Firing & { readonly status: 'SKIPPED' | 'MISSED'; readonly reason: string })[];
  /** The first tick that is still to come; undefined when there is none. */
  readonly next: Firing | undefined;
}

export interface CatchUp {
  readonly missedRunPolicy: MissedRunPolicy;
  readonly catchUpSeconds: number;
}

/** @param nextTick the first tick that nobody has claimed yet */
export function findDueTicks(plan: Plan, catchUp: CatchUp, nextTick: Date, now: Date): DueTicks {
  const due: Firing[] = [];
  const passed: DueTicks['passed'][number][] = [];
  const { ticks, missed } = ticksToFire(plan, catchUp, nextTick, now);
  if (missed)
    passed.push({ tick: missed, firesAt: missed, status: 'MISSED', reason: missedReason(missed, now, catchUp) });
  let resumeAt: Date | undefined;
  for (const tick of ticks) {
    if (resumeAt && tick < resumeAt) continue;
    const { block, ...firing } = firingOf(plan, tick);
    if (firing.firesAt > now) return { due, passed, next: firing };
    if (!block) due.push(firing);
    else {
      passed.push({ ...firing, status: 'SKIPPED', reason: `The calendar ${block.calendar.name} forbids it.` });
      resumeAt = tickAfterBlock(plan, tick, block);
      if (!resumeAt) return { due, passed, next: undefined };
    }
  }
  const following = plan.next(
    new Date(Math.max(ticks.at(-1)?.getTime() ?? 0, nextTick.getTime(), now.getTime() - MISSED_AFTER_MS)),
  );
  const next = resumeAt && following && resumeAt > following ? resumeAt : following;
  return { due, passed, next: next && firingOf(plan, next) };
}

/** Ticks up to now that fire, oldest first, and the first of those that are given up. */
function ticksToFire(
  { next }: Plan,
  { missedRunPolicy, catchUpSeconds }: CatchUp,
  nextTick: Date,
  now: Date,
): { ticks: Date[]; missed: Date | undefined } {
  const beforeFirst = new Date(nextTick.getTime() - 1);
  const lateUpTo = new Date(now.getTime() - MISSED_AFTER_MS);
  if (nextTick > lateUpTo) return { ticks: [nextTick, ...ticksBetween(next, nextTick, now, 100)], missed: undefined };
  const from = new Date(Math.max(beforeFirst.getTime(), now.getTime() - catchUpSeconds * 1000));
  const kept = { ALL: CATCH_UP_LIMIT, LAST: 1, NONE: 0 }[missedRunPolicy];
  const madeUpFor = kept === 0 || from > lateUpTo ? [] : lastTicks(next, from, lateUpTo, kept);
  const onTime = ticksBetween(next, lateUpTo, now, 100);
  const isAllKept = madeUpFor[0]?.getTime() === nextTick.getTime();
  return { ticks: [...madeUpFor, ...onTime], missed: isAllKept ? undefined : nextTick };
}

function missedReason(first: Date, now: Date, { missedRunPolicy }: CatchUp): string {
  const kept = { ALL: 'those within the catch-up window', LAST: 'the last one', NONE: 'none' }[missedRunPolicy];
  return `Nothing was there to fire the ticks from ${first.toISOString()} until ${now.toISOString()}; of them fired: ${kept}.`;
}
