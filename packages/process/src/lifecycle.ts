import { startTracing } from '@opsconductor/telemetry';
import type { Log } from '@opsconductor/telemetry';
import { StartupFault } from './startupFault.ts';

const DRAIN_SECONDS = 25;

/** Drains a process. One that takes longer than `withinSeconds` (25 when absent) is ended. */
export interface Drain {
  (): Promise<void>;
  readonly withinSeconds?: number;
}

/**
 * Runs a process: starts it, and on SIGTERM or SIGINT drains it within its time. A second signal ends it at once.
 * A {@link StartupFault} is told in its own words, without a stack.
 * @param start starts the process and gives the function that drains it
 */
export async function runProcess(log: Log, start: () => Promise<Drain>): Promise<void> {
  // eslint-disable-next-line no-restricted-properties -- the one setting of all processes, named by OpenTelemetry
  const collector = process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  const stopTracing = await startTracing(String(log.bindings()['part'] ?? 'process'), collector);
  let drain: Drain;
  try {
    drain = await start();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(error instanceof StartupFault ? `${message}\n` : `The start failed: ${message}\n`);
    log.fatal({ err: error }, 'process.start.failed');
    process.exit(1);
  }
  log.info({}, 'process.started');
  let isDraining = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (isDraining) process.exit(1);
    isDraining = true;
    log.info({ signal }, 'process.draining');
    setTimeout(() => process.exit(1), (drain.withinSeconds ?? DRAIN_SECONDS) * 1_000).unref();
    drain()
      .finally(stopTracing)
      .then(
        () => process.exit(0),
        (error: unknown) => {
          log.error({ err: error }, 'process.drain.failed');
          process.exit(1);
        },
      );
  };
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  process.on('unhandledRejection', (error) => {
    log.fatal({ err: error }, 'process.failed');
    process.exit(1);
  });
}
