import DataLoader from 'dataloader';
import type { Calendar, PrismaClient, Schedule } from '../../generated/prisma/client.ts';

export interface ScheduleLoaders {
  readonly schedule: DataLoader<string, Schedule | null>;
  readonly calendar: DataLoader<string, Calendar | null>;
  readonly calendarsOfSchedule: DataLoader<string, Calendar[]>;
}

export function createScheduleLoaders(prisma: PrismaClient): ScheduleLoaders {
  return {
    schedule: byId((ids) => prisma.schedule.findMany({ where: { id: { in: ids } } })),
    calendar: byId((ids) => prisma.calendar.findMany({ where: { id: { in: ids } } })),
    calendarsOfSchedule: new DataLoader((ids) => readCalendars(prisma, ids)),
  };
}

function byId<Row extends { id: string }>(read: (ids: string[]) => Promise<Row[]>): DataLoader<string, Row | null> {
  return new DataLoader(async (ids) => {
    const rows = new Map((await read([...ids])).map((row) => [row.id, row]));
    return ids.map((id) => rows.get(id) ?? null);
  });
}

async function readCalendars(prisma: PrismaClient, scheduleIds: readonly string[]): Promise<Calendar[][]> {
  const links = await prisma.scheduleCalendar.findMany({
    where: { scheduleId: { in: [...scheduleIds] } },
    include: { calendar: true },
    orderBy: { calendar: { name: 'asc' } },
  });
  const byScheduleId = Map.groupBy(links, ({ scheduleId }) => scheduleId);
  return scheduleIds.map((id) => byScheduleId.get(id)?.map(({ calendar }) => calendar) ?? []);
}
