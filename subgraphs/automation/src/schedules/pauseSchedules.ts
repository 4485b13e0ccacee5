import type { Context } from '../context.ts';
import { SCHEDULES_TOPIC, scheduleTopic } from './topics.ts';

/**
 * Disables every schedule that starts executions in the name of a user: that user may start nothing any more. Somebody else
 * who saves or enables one lends it their own name.
 */
export async function pauseSchedulesOf({ transact, clock }: Context, userId: string): Promise<void> {
  await transact(async (unit) => {
    const paused = await unit.db.schedule.updateManyAndReturn({
      where: { savedById: userId, isEnabled: true },
      data: {
        isEnabled: false,
        pausedReason: 'The user in whose name it starts executions is disabled.',
        updatedAt: clock(),
      },
      select: { id: true, name: true },
    });
    for (const { id, name } of paused) {
      unit.emit({
        type: 'automation.schedule.paused',
        actorId: null,
        subject: { type: 'schedule', id },
        data: { name, reason: 'userDisabled', userId },
      });
      unit.wake(scheduleTopic(id));
    }
    if (paused.length > 0) unit.wake(SCHEDULES_TOPIC);
  });
}
