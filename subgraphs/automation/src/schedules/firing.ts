import { startPump } from '@opsconductor/events';
import type { JobQueue, WakeUps } from '@opsconductor/events';
import type { Log } from '@opsconductor/telemetry';
import type { Context } from '../context.ts';
import { OCCURRENCE_QUEUE } from './claimTicks.ts';
import { fireOccurrence } from './fireOccurrence.ts';
import type { ContextOf } from './fireOccurrence.ts';
import { startTicker } from './ticker.ts';

/** Ticks that one process fires at once. */
const SLOTS = 16;
const STOP_GRACE_MS = 10_000;

export interface FiringDeps {
  readonly queue: JobQueue;
  readonly wakeUps: WakeUps;
  readonly log: Log;
  /** Makes what a request has at hand, for what is started in somebody's name. */
  readonly contextOf: ContextOf;
  /** The same, in nobody's name. */
  readonly system: () => Context;
}

/** Claims ticks and fires them, until it is stopped. */
export function startFiring({ queue, wakeUps, log, contextOf, system }: FiringDeps): { stop(): Promise<void> } {
  const { prisma, transact, clock } = system();
  const ticker = startTicker({ prisma, transact, wakeUps, log, clock });
  const pump = startPump<{ occurrenceId: string }>({
    queue,
    wakeUps,
    name: OCCURRENCE_QUEUE,
    slots: SLOTS,
    batch: 1,
    log,
    async run(jobs) {
      for (const job of jobs) {
        await fireOccurrence(contextOf, system(), job.data.occurrenceId);
        await transact((unit) => queue.complete(unit.db, OCCURRENCE_QUEUE, [job]));
      }
    },
  });
  return {
    async stop() {
      await ticker.stop();
      await pump.stop(STOP_GRACE_MS);
    },
  };
}
