/** What becomes of approvals by time alone: reminders and expiry. */
import type { Transact } from '@opsconductor/events';
import type { Log } from '@opsconductor/telemetry';
import type { Db } from '../executions/eventLog.ts';
import { endApproval } from './endApproval.ts';

const LOOK_EVERY_MS = 10_000;
/** In one transaction. */
const BATCH = 100;

interface DueRow {
  readonly id: string;
  readonly execution_id: string;
  readonly is_expired: boolean;
  readonly job_id: string | null;
}

/**
 * Ends what has expired and reminds of what waits, as far as nobody else is doing so.
 * @returns how many there were: as long as it is a full batch there may be more
 */
export function settleDue(transact: Transact<Db>, now: Date): Promise<number> {
  return transact(async (unit) => {
    const due = await unit.db.$queryRaw<DueRow[]>`
      select id, execution_id, job_id, coalesce(expires_at <= ${now}, false) as is_expired from approvals
      where status = 'PENDING' and (expires_at <= ${now} or remind_at <= ${now})
      order by id limit ${BATCH} for update skip locked`;
    for (const { id, execution_id: executionId, job_id: jobId, is_expired: isExpired } of due) {
      if (isExpired) await endApproval(unit, { id, executionId }, 'EXPIRED', now);
      else {
        // Those that were missed while nothing ran are one.
        await unit.db.$executeRaw`
          update approvals set remind_at = ${now}::timestamptz + remind_every_seconds * interval '1 second' where id = ${id}::uuid`;
        unit.emit({
          type: 'automation.approval.reminded',
          actorId: null,
          subject: { type: 'approval', id },
          data: { executionId, jobId },
        });
      }
    }
    return due.length;
  });
}

/** Settles what is due, again and again, until it is stopped. */
export function startPassingTime(transact: Transact<Db>, clock: () => Date, log: Log): { stop(): Promise<void> } {
  let isStopped = false;
  let looking = Promise.resolve();
  const look = async (): Promise<void> => {
    try {
      while (!isStopped && (await settleDue(transact, clock())) === BATCH);
    } catch (error) {
      log.warn({ err: error }, 'approvals.settling.failed');
    }
  };
  const timer = setInterval(() => {
    // One look at a time: those that a slow database delays are not made up for.
    looking = looking.then(() => (isStopped ? undefined : look()));
  }, LOOK_EVERY_MS).unref();
  return {
    async stop() {
      isStopped = true;
      clearInterval(timer);
      await looking;
    },
  };
}
