import { randomUUID } from 'node:crypto';
import { anonymous } from '@opsconductor/authz';
import type { WakeUps } from '@opsconductor/events';
import type { Log } from '@opsconductor/telemetry';
import type { Graphs } from '../graph/graphs.ts';

const PROBE_MS = 2_000;
/** However often it is asked (anyone may), the platform is asked once in this time. */
const REMEMBERED_MS = 1_000;

export interface Health {
  /** True when requests would be answered: every subgraph answers, and wake-ups are heard. */
  isReady(): Promise<boolean>;
}

export interface HealthOptions {
  readonly graphs: Pick<Graphs, 'current'>;
  readonly wakeUps: Pick<WakeUps, 'isConnected'>;
  readonly isDraining: () => boolean;
  readonly log: Log;
  readonly now?: () => number;
}

export function createHealth({ graphs, wakeUps, isDraining, log, now = Date.now }: HealthOptions): Health {
  let probedAt = -Infinity;
  let probe: Promise<boolean> = Promise.resolve(false);

  async function probeAll(): Promise<boolean> {
    const answers = await Promise.all(
      [...graphs.current.subgraphs].map(async ([subgraph, transport]) => {
        try {
          const call = { viewer: anonymous, requestId: randomUUID(), signal: AbortSignal.timeout(PROBE_MS) };
          await transport.execute({ query: '{ __typename }' }, call);
          return true;
        } catch (error) {
          log.warn({ subgraph, err: error }, 'readiness.failed');
          return false;
        }
      }),
    );
    return answers.every(Boolean);
  }

  return {
    async isReady() {
      if (isDraining()) return false;
      if (!wakeUps.isConnected()) {
        log.warn({ reason: 'wake-ups are not connected' }, 'readiness.failed');
        return false;
      }
      if (now() - probedAt > REMEMBERED_MS) {
        probedAt = now();
        probe = probeAll();
      }
      return probe;
    },
  };
}
