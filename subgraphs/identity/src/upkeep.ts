import type { Log } from '@opsconductor/telemetry';

const INTERVAL_MS = 60 * 60 * 1000;

export interface Upkeep {
  /** Waits for what is being done. */
  stop(): Promise<void>;
}

/** Does what is due every hour. What fails is tried again with the next turn. */
export function startUpkeep(log: Log, work: () => Promise<void>): Upkeep {
  let running: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    running = running.then(work).catch((error: unknown) => log.error({ err: error }, 'identity.upkeep.failed'));
  }, INTERVAL_MS).unref();
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}
