import { startPump } from '@opsconductor/events';
import type { DomainEvent, JobQueue, Pump, WakeUps } from '@opsconductor/events';
import type { Log } from '@opsconductor/telemetry';
import type { Context } from '../context.ts';
import type { ExecutionStatus } from '../../generated/prisma/enums.ts';
import { concludeOccurrence, findOccurrenceOf } from '../schedules/concludeOccurrence.ts';
import { statusOfExecution } from '../schedules/fireOccurrence.ts';
import { pauseSchedulesOf } from '../schedules/pauseSchedules.ts';

const EVENT_QUEUE = 'automation.event';
const BATCH = 50;

export interface EventConsumerDeps {
  readonly queue: JobQueue;
  readonly wakeUps: WakeUps;
  readonly log: Log;
  readonly system: () => Context;
}

/** Acts on domain events, at least once each: whatever it does, doing it again changes nothing. */
export function startEventConsumer({ queue, wakeUps, log, system }: EventConsumerDeps): Pump {
  return startPump<DomainEvent>({
    queue,
    wakeUps,
    name: EVENT_QUEUE,
    slots: 2,
    batch: BATCH,
    log,
    async run(jobs) {
      const context = system();
      for (const { data } of jobs) await actOn(context, data);
      await context.transact(async (unit) => {
        if (!(await queue.complete(unit.db, EVENT_QUEUE, jobs))) throw new Error('Events were taken away meanwhile.');
      });
    },
  });
}

async function actOn(context: Context, { type, subject, data }: DomainEvent): Promise<void> {
  if (type === 'identity.user.disabled') return pauseSchedulesOf(context, subject.id);
  if (type !== 'automation.execution.finished') return;
  const occurrenceId = await findOccurrenceOf(context, subject.id);
  if (occurrenceId !== undefined)
    await concludeOccurrence(context, occurrenceId, statusOfExecution(data['status'] as ExecutionStatus));
}
