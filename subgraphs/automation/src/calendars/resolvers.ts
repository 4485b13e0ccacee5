import { InvalidInput, orRefusal } from '@opsconductor/subgraph';
import type { Calendar } from '../../generated/prisma/client.ts';
import type { CreateCalendarInput, DeleteCalendarInput, UpdateCalendarInput } from '../../generated/graphql.ts';
import type { PageArguments } from '@opsconductor/subgraph';
import type { Context } from '../context.ts';
import { showTiming } from '../schedules/shownTiming.ts';
import { findCalendar, isOpen, listCalendars } from './calendars.ts';
import { CalendarChanged, CalendarInUse, CalendarNameTaken, CalendarNotFound } from './refusals.ts';
import { createCalendar, deleteCalendar, updateCalendar } from './saveCalendar.ts';
import { readCalendar } from './storedCalendar.ts';

const saved = async (calendar: Promise<Calendar>) => ({ __typename: 'CalendarSaved', calendar: await calendar });

export const calendarResolvers = {
  Query: {
    calendar: (_: unknown, { id }: { id: string }, context: Context) => findCalendar(context, id),
    calendars: (_: unknown, page: PageArguments, context: Context) => listCalendars(context, page),
  },
  Mutation: {
    createCalendar: (_: unknown, { input }: { input: CreateCalendarInput }, context: Context) =>
      orRefusal([InvalidInput, CalendarNameTaken], () => saved(createCalendar(context, input))),
    updateCalendar: (_: unknown, { input }: { input: UpdateCalendarInput }, context: Context) =>
      orRefusal([InvalidInput, CalendarNotFound, CalendarChanged, CalendarNameTaken], () =>
        saved(updateCalendar(context, input)),
      ),
    deleteCalendar: (_: unknown, { input }: { input: DeleteCalendarInput }, context: Context) =>
      orRefusal([CalendarNotFound, CalendarInUse], async () => ({
        __typename: 'CalendarDeleted',
        id: await deleteCalendar(context, input.id),
      })),
  },
  Calendar: {
    __resolveReference: ({ id }: { id: string }, context: Context) => findCalendar(context, id),
    windows: (calendar: Calendar) =>
      readCalendar(calendar).windows.map((window) =>
        window.kind === 'SPAN'
          ? { __typename: 'SpanWindow', ...window }
          : { __typename: 'RecurringWindow', ...window, timing: showTiming(window.timing) },
      ),
    isOpen: (calendar: Calendar, { at }: { at?: Date | null }, { clock }: Context) => isOpen(calendar, at ?? clock()),
  },
};
