import { startPump } from '@opsconductor/events';
import type { JobQueue, LeasedJob, Pump, Transact, WakeUps } from '@opsconductor/events';
import type { Log } from '@opsconductor/telemetry';
import type { Db } from '../context.ts';
import { appendEvents } from './appendEvents.ts';
import { MALFORMED } from './readEvent.ts';

export const AUDIT_QUEUE = 'communication.audit';
/** Wakes live readers of the audit log. */
export const AUDIT_TOPIC = 'auditEvents';
const BATCH = 200;

export interface RecorderDeps {
  readonly queue: JobQueue;
  readonly wakeUps: WakeUps;
  readonly transact: Transact<Db>;
  readonly log: Log;
  readonly clock: () => Date;
}

/** Takes domain events from the queue into the audit log, each exactly once. */
export function startRecorder(deps: RecorderDeps): Pump {
  const { queue, wakeUps, log } = deps;
  return startPump<unknown>({
    queue,
    wakeUps,
    name: AUDIT_QUEUE,
    slots: 1,
    batch: BATCH,
    log,
    run: (jobs) => recordEvents(deps, jobs),
  });
}

/**
 * Appends the events of leased jobs and settles the jobs, in one transaction.
 * @throws when a job is not held any more; then nothing is recorded here, but by whoever holds it
 */
export async function recordEvents(
  { queue, transact, log, clock }: Omit<RecorderDeps, 'wakeUps'>,
  jobs: readonly LeasedJob<unknown>[],
): Promise<void> {
  const appended = await transact(async (unit) => {
    const entries = await appendEvents(unit.db, jobs, clock());
    if (!(await queue.complete(unit.db, AUDIT_QUEUE, jobs)))
      throw new Error('Events were taken away while they were recorded.');
    if (entries.length > 0) unit.wake(AUDIT_TOPIC);
    return entries;
  });
  for (const { id, type, data } of appended)
    if (type === MALFORMED) log.warn({ job: id, ...data }, 'audit.event.malformed');
}
