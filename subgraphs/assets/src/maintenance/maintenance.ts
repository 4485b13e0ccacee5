import { requirePermission } from '@opsconductor/authz';
import { InvalidInput, readId } from '@opsconductor/subgraph';
import { z } from 'zod';
import type { ScheduleMaintenanceInput } from '../../generated/graphql.ts';
import type { MaintenanceWindow, Target } from '../../generated/prisma/client.ts';
import type { Context } from '../context.ts';
import { parseInput } from '../input/parseInput.ts';
import { printableText } from '../input/text.ts';
import { TargetNotFound } from '../targets/refusals.ts';
import { lockTarget } from '../targets/targets.ts';
import { TARGETS_TOPIC, targetTopic } from '../targets/topics.ts';
import { MaintenanceNotFound } from './refusals.ts';

const LONGEST_DAYS = 366;
const WINDOW_LIMIT = 100;

const windowInput = z
  .object({
    targetId: z.string(),
    startsAt: z.date(),
    endsAt: z.date(),
    reason: printableText('A reason', { least: 1, most: 500 }),
  })
  .refine(({ startsAt, endsAt }) => startsAt < endsAt, { path: ['endsAt'], message: 'A window ends after it starts.' })
  .refine(({ startsAt, endsAt }) => endsAt.getTime() - startsAt.getTime() <= LONGEST_DAYS * 86_400_000, {
    path: ['endsAt'],
    message: 'A window lasts a year at most.',
  });

export interface WindowOfTarget {
  readonly target: Target;
  readonly window: MaintenanceWindow;
}

/** @throws {InvalidInput} {@link TargetNotFound} */
export async function scheduleMaintenance(context: Context, input: ScheduleMaintenanceInput): Promise<WindowOfTarget> {
  const { userId } = requirePermission(context.viewer, 'target:write');
  const { transact, loaders, clock, requestId } = context;
  const { targetId, ...fields } = parseInput(windowInput, input);
  const id = readId(targetId);
  if (fields.endsAt <= clock()) throw new InvalidInput('endsAt', 'This window is over already.');
  if (id === undefined) throw new TargetNotFound(targetId);
  const scheduled = await transact(async (unit) => {
    const target = await lockTarget(unit.db, id);
    if (!target) throw new TargetNotFound(targetId);
    const open = await unit.db.maintenanceWindow.count({ where: { targetId: id, endsAt: { gt: clock() } } });
    if (open >= WINDOW_LIMIT) throw new InvalidInput('targetId', `A target has at most ${WINDOW_LIMIT} windows ahead.`);
    const window = await unit.db.maintenanceWindow.create({ data: { ...fields, targetId: id, setById: userId } });
    unit.emit({
      type: 'assets.maintenance.scheduled',
      actorId: userId,
      requestId,
      subject: { type: 'target', id },
      data: {
        startsAt: fields.startsAt.toISOString(),
        endsAt: fields.endsAt.toISOString(),
        reason: fields.reason,
      },
    });
    unit.wake(TARGETS_TOPIC);
    unit.wake(targetTopic(id));
    return { target, window };
  });
  loaders.maintenance.clear(id);
  return scheduled;
}

/**
 * Takes back a window that has not begun, and ends one that has.
 * @throws {MaintenanceNotFound} there is none, or it is over
 */
export async function cancelMaintenance(context: Context, id: string): Promise<Target> {
  const { userId } = requirePermission(context.viewer, 'target:write');
  const { transact, loaders, clock, requestId } = context;
  const known = readId(id);
  if (known === undefined) throw new MaintenanceNotFound();
  const now = clock();
  const target = await transact(async (unit) => {
    const [window] = await unit.db.maintenanceWindow.updateManyAndReturn({
      where: { id: known, endsAt: { gt: now } },
      data: { endsAt: now },
    });
    const found = window && (await lockTarget(unit.db, window.targetId));
    if (!found) throw new MaintenanceNotFound();
    unit.emit({
      type: 'assets.maintenance.cancelled',
      actorId: userId,
      requestId,
      subject: { type: 'target', id: found.id },
      data: { reason: window.reason },
    });
    unit.wake(TARGETS_TOPIC);
    unit.wake(targetTopic(found.id));
    return found;
  });
  loaders.maintenance.clear(target.id);
  return target;
}

/** Windows of a target that have not ended, soonest first. */
export async function listMaintenance({ viewer, loaders }: Context, targetId: string): Promise<MaintenanceWindow[]> {
  requirePermission(viewer, 'target:read');
  return loaders.maintenance.load(targetId);
}

export async function isInMaintenance(context: Context, targetId: string): Promise<boolean> {
  const now = context.clock();
  return (await listMaintenance(context, targetId)).some(({ startsAt }) => startsAt <= now);
}
