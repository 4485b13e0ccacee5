import type { Block, FindBlock } from '../../calendars/calendar.ts';
import { addJitter } from './jitter.ts';
import type { NextTick } from './nextTick.ts';

/** A tick and when it fires. */
export interface Firing {
  readonly tick: Date;
  readonly firesAt: Date;
}

/** What decides when a schedule fires. `next` knows its start and end already. */
export interface Plan {
  readonly scheduleId: string;
  readonly next: NextTick;
  readonly findBlock: FindBlock;
  readonly jitterSeconds: number;
}

/** A tick with its jitter, and the calendar that forbids it if one does. What counts is when it would fire. */
export function firingOf({ scheduleId, jitterSeconds, findBlock }: Plan, tick: Date): Firing & { block?: Block } {
  const firesAt = addJitter(scheduleId, tick, jitterSeconds);
  const block = findBlock(firesAt);
  return { tick, firesAt, ...(block && { block }) };
}

/** The first tick after one that a calendar forbids from which on it is worth looking; undefined when it forbids all. */
export function tickAfterBlock({ next, jitterSeconds }: Plan, tick: Date, { until }: Block): Date | undefined {
  if (!until) return undefined;
  return next(new Date(Math.max(tick.getTime(), until.getTime() - 1 - jitterSeconds * 1000)));
}

/** Windows that a preview walks over before it gives up. */
const BLOCK_LIMIT = 2_000;

/** The next firings after an instant, at most `count`, without those that a calendar forbids. */
export function nextFirings(plan: Plan, after: Date, count: number): Firing[] {
  const firings: Firing[] = [];
  let blocks = 0;
  for (let tick = plan.next(after); tick && firings.length < count && blocks < BLOCK_LIMIT;) {
    const { block, ...firing } = firingOf(plan, tick);
    if (!block) firings.push(firing);
    else blocks += 1;
    tick = block ? tickAfterBlock(plan, tick, block) : plan.next(tick);
  }
  return firings;
}
