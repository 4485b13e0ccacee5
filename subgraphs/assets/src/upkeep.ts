import { setTimeout as pause } from 'node:timers/promises';
import type { Log } from '@opsconductor/telemetry';

const EVERY_MS = 30_000;

/** What nobody asks for and has to be done all the same, again and again, by each process. */
export interface Upkeep {
  /** Does not wait for the next turn. */
  hurry(): void;
  /** Ends after the turn that runs. */
  stop(): Promise<void>;
}

/**
 * @param chores idempotent, and safe in several processes at once; one that fails is tried again at the next turn
 */
export function startUpkeep(chores: readonly ((signal: AbortSignal) => Promise<unknown>)[], log: Log): Upkeep {
  const end = new AbortController();
  let alarm = new AbortController();
  const turn = async (): Promise<void> => {
    while (!end.signal.aborted) {
      alarm = new AbortController();
      for (const chore of chores)
        await chore(end.signal).catch((error: unknown) => log.error({ err: error }, 'upkeep.failed'));
      // Woken by an abort, which is no failure.
      await pause(EVERY_MS, undefined, { signal: AbortSignal.any([alarm.signal, end.signal]), ref: false }).catch(
        () => {},
      );
    }
  };
  const ended = turn();
  return {
    hurry: () => alarm.abort(),
    async stop() {
      end.abort();
      await ended;
    },
  };
}
