import { requirePermission } from '@opsconductor/authz';
import { BadUserInput, isId, readId, readPage } from '@opsconductor/subgraph';
import type { Connection, PageArguments } from '@opsconductor/subgraph';
import type { Occurrence, Schedule } from '../../generated/prisma/client.ts';
import type { OccurrenceStatus } from '../../generated/prisma/enums.ts';
import type { PreviewScheduleInput } from '../../generated/graphql.ts';
import type { Context } from '../context.ts';
import { planOf } from './plan.ts';
import { findCalendars, planPreview, previewFirings } from './scheduleInput.ts';
import { nextFirings } from './timing/firings.ts';
import type { Firing } from './timing/firings.ts';
import { readTimingInput } from './timing/timingInput.ts';

const PAGE_LIMIT = 100;
const NO_ID = '00000000-0000-0000-0000-000000000000';

/** @returns null when there is none: what may not be seen does not exist */
export async function findSchedule({ viewer, loaders }: Context, id: string): Promise<Schedule | null> {
  requirePermission(viewer, 'schedule:read');
  const known = readId(id);
  return known ? loaders.schedule.load(known) : null;
}

/** By name. */
export async function listSchedules(
  { viewer, prisma }: Context,
  page: PageArguments,
  isEnabled?: boolean | null,
): Promise<Connection<Schedule>> {
  requirePermission(viewer, 'schedule:read');
  return readPage(
    page,
    PAGE_LIMIT,
    ({ name, id }) => [name, id],
    (after, take) =>
      prisma.schedule.findMany({
        where: {
          ...(isEnabled != null && { isEnabled }),
          ...(after && {
            OR: [{ name: { gt: String(after[0]) } }, { name: String(after[0]), id: { gt: idOf(after[1]) } }],
          }),
        },
        orderBy: [{ name: 'asc' }, { id: 'asc' }],
        take,
      }),
  );
}

/** Newest tick first. */
export async function listOccurrences(
  { viewer, prisma }: Context,
  scheduleId: string,
  page: PageArguments,
  status?: OccurrenceStatus | null,
): Promise<Connection<Occurrence>> {
  requirePermission(viewer, 'schedule:read');
  return readPage(
    page,
    PAGE_LIMIT,
    ({ tick }) => [tick.getTime()],
    (after, take) =>
      prisma.occurrence.findMany({
        where: { scheduleId, ...(status && { status }), ...(after && { tick: { lt: instantOf(after[0]) } }) },
        orderBy: { tick: 'desc' },
        take,
      }),
  );
}

/** @throws {InvalidInput} */
export async function previewSchedule(
  { viewer, prisma, clock }: Context,
  { timing, startsAt = null, endsAt = null, calendarIds, after, count }: PreviewScheduleInput,
): Promise<Firing[]> {
  requirePermission(viewer, 'schedule:read');
  const from = after ?? clock();
  const read = readTimingInput(timing, startsAt ?? from, 'timing');
  const calendars = await findCalendars(prisma, calendarIds ?? [], 'calendarIds');
  return previewFirings(planPreview(read, startsAt, endsAt, calendars), from, count ?? 10);
}

/** The next firings of a schedule, none while it is disabled. */
export async function listUpcoming({ loaders, clock }: Context, schedule: Schedule, count: number): Promise<Firing[]> {
  if (count < 1 || count > PAGE_LIMIT) throw new BadUserInput(`count must be from 1 to ${PAGE_LIMIT}.`);
  if (!schedule.isEnabled) return [];
  const plan = planOf(schedule, await loaders.calendarsOfSchedule.load(schedule.id));
  return nextFirings(plan, clock(), count);
}

/** A cursor that someone has made up names nothing: no page starts after it. */
function idOf(part: string | number | undefined): string {
  return typeof part === 'string' && isId(part) ? part : NO_ID;
}

function instantOf(part: string | number | undefined): Date {
  const instant = new Date(typeof part === 'number' ? part : 0);
  return Number.isNaN(instant.getTime()) ? new Date(0) : instant;
}
