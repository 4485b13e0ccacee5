import type { Transact, WakeUps } from '@opsconductor/events';
import type { Log } from '@opsconductor/telemetry';
import type { PrismaClient } from '../../generated/prisma/client.ts';
import type { Db } from '../executions/eventLog.ts';
import { claimTicks, findNextFiring } from './claimTicks.ts';
import { SCHEDULES_TOPIC } from './topics.ts';

/** It is looked at the clock this often at least: clocks are set, and machines sleep. */
const LOOK_MS = 1_000;
/** Between two looks at a schedule that is due and locked by somebody else. */
const LOCKED_MS = 20;

export interface TickerDeps {
  readonly prisma: PrismaClient;
  readonly transact: Transact<Db>;
  readonly wakeUps: WakeUps;
  readonly log: Log;
  readonly clock: () => Date;
}

export interface Ticker {
  /** Claims no more; what is being claimed is finished. */
  stop(): Promise<void>;
}

/** Claims ticks when they come, in any number of processes. Without a database it waits for one. */
export function startTicker(deps: TickerDeps): Ticker {
  const { prisma, transact, wakeUps, log, clock } = deps;
  const stopping = new AbortController();
  let rouse: () => void = () => undefined;
  let isRoused = false;
  const wake = () => {
    isRoused = true;
    rouse();
  };
  const sleep = (ms: number) =>
    new Promise<void>((resolve) => {
      if (isRoused || stopping.signal.aborted) return resolve();
      const timer = setTimeout(resolve, ms);
      rouse = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const look = async (): Promise<number> => {
    const { isComplete } = await claimTicks(transact, clock(), log);
    if (!isComplete) return 0;
    const next = await findNextFiring(prisma);
    if (!next) return LOOK_MS;
    const untilNext = next.getTime() - clock().getTime();
    return untilNext > 0 ? Math.min(untilNext, LOOK_MS) : LOCKED_MS;
  };
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      isRoused = false;
      const pauseMs = await look().catch((error: unknown) => {
        log.warn({ err: error }, 'schedule.claim.failed');
        return LOOK_MS;
      });
      await sleep(pauseMs);
    }
  };
  const unlisten = wakeUps.listen(SCHEDULES_TOPIC, wake);
  const ended = run();
  return {
    async stop() {
      stopping.abort();
      unlisten();
      wake();
      await ended;
    },
  };
}
