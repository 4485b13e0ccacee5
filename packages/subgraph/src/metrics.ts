import { Histogram } from '@opsconductor/telemetry';
import type { Metrics } from '@opsconductor/telemetry';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** How a call of another part ended: `rejected` is no assertion that holds, `refused` a body that is none. */
export type CallOutcome = 'ok' | 'rejected' | 'refused' | 'failed';

/** What a part of the platform counts of the calls that it answers. Labels are routes of its own, never what is sent. */
export function createServerMetrics(registry: Metrics) {
  const callDuration = new Histogram({
    name: 'opsc_call_duration_seconds',
    help: 'Calls by other parts of the platform.',
    labelNames: ['route', 'outcome'],
    buckets: SECONDS,
    registers: [registry],
  });
  return {
    /** @returns what is called with the outcome at the end of the call */
    begin(route: string): (outcome: CallOutcome) => void {
      const finish = callDuration.startTimer({ route });
      return (outcome) => void finish({ outcome });
    },
  };
}

export type ServerMetrics = ReturnType<typeof createServerMetrics>;
