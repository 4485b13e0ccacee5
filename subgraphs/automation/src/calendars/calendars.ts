import { requirePermission } from '@opsconductor/authz';
import { readId, readPage } from '@opsconductor/subgraph';
import type { Connection, PageArguments } from '@opsconductor/subgraph';
import type { Calendar } from '../../generated/prisma/client.ts';
import type { Context } from '../context.ts';
import { compileCalendars } from './calendar.ts';
import { readCalendar } from './storedCalendar.ts';

const PAGE_LIMIT = 100;

/** @returns null when there is none: what may not be seen does not exist */
export async function findCalendar({ viewer, loaders }: Context, id: string): Promise<Calendar | null> {
  requirePermission(viewer, 'schedule:read');
  const known = readId(id);
  return known ? loaders.calendar.load(known) : null;
}

/** By name, which is unique. */
export async function listCalendars({ viewer, prisma }: Context, page: PageArguments): Promise<Connection<Calendar>> {
  requirePermission(viewer, 'schedule:read');
  return readPage(
    page,
    PAGE_LIMIT,
    ({ name }) => [name],
    (after, take) =>
      prisma.calendar.findMany({
        where: { ...(after && { name: { gt: String(after[0]) } }) },
        orderBy: { name: 'asc' },
        take,
      }),
  );
}

/** Whether schedules with this calendar alone may fire at an instant. */
export function isOpen(calendar: Calendar, instant: Date): boolean {
  return compileCalendars([readCalendar(calendar)])(instant) === undefined;
}
