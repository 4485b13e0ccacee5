import type { Selection } from '@opsconductor/fleet';
import { InvalidInput, orRefusal } from '@opsconductor/subgraph';
import type { Occurrence, Schedule } from '../../generated/prisma/client.ts';
import type {
  CreateScheduleInput,
  DeleteScheduleInput,
  PreviewScheduleInput,
  QuerySchedulesArgs,
  ScheduleOccurrencesArgs,
  SwitchScheduleInput,
  UpdateScheduleInput,
} from '../../generated/graphql.ts';
import type { Context } from '../context.ts';
import { findExecution } from '../executions/executions.ts';
import { TargetNotFound } from '../executions/refusals.ts';
import { findJob } from '../jobs/jobs.ts';
import { JobNotFound, JobRevisionNotFound } from '../jobs/refusals.ts';
import { ScheduleChanged, ScheduleNotFound } from './refusals.ts';
import { createSchedule, deleteSchedule, switchSchedule, updateSchedule } from './saveSchedule.ts';
import { findSchedule, listOccurrences, listSchedules, listUpcoming, previewSchedule } from './schedules.ts';
import { showTiming } from './shownTiming.ts';
import { readTiming } from './timing/storedTiming.ts';

const saved = async (schedule: Promise<Schedule>) => ({ __typename: 'ScheduleSaved', schedule: await schedule });

export const scheduleResolvers = {
  Query: {
    schedule: (_: unknown, { id }: { id: string }, context: Context) => findSchedule(context, id),
    schedules: (_: unknown, { isEnabled, ...page }: QuerySchedulesArgs, context: Context) =>
      listSchedules(context, page, isEnabled),
    previewSchedule: (_: unknown, { input }: { input: PreviewScheduleInput }, context: Context) =>
      orRefusal([InvalidInput], async () => ({
        __typename: 'SchedulePreview',
        firings: await previewSchedule(context, input),
      })),
  },
  Mutation: {
    createSchedule: (_: unknown, { input }: { input: CreateScheduleInput }, context: Context) =>
      orRefusal([InvalidInput, TargetNotFound, JobNotFound, JobRevisionNotFound], () =>
        saved(createSchedule(context, input)),
      ),
    updateSchedule: (_: unknown, { input }: { input: UpdateScheduleInput }, context: Context) =>
      orRefusal(
        [ScheduleNotFound, ScheduleChanged, InvalidInput, TargetNotFound, JobNotFound, JobRevisionNotFound],
        () => saved(updateSchedule(context, input)),
      ),
    deleteSchedule: (_: unknown, { input }: { input: DeleteScheduleInput }, context: Context) =>
      orRefusal([ScheduleNotFound], async () => ({
        __typename: 'ScheduleDeleted',
        id: await deleteSchedule(context, input.id),
      })),
    switchSchedule: (_: unknown, { input }: { input: SwitchScheduleInput }, context: Context) =>
      orRefusal([ScheduleNotFound], () => saved(switchSchedule(context, input))),
  },
  Schedule: {
    __resolveReference: ({ id }: { id: string }, context: Context) => findSchedule(context, id),
    job: ({ jobId, jobRevision, jobInputs }: Schedule) =>
      jobId === null ? null : { jobId, revision: jobRevision, inputs: jobInputs },
    targetIds: ({ selection }: Schedule) => (selection as Selection).targetIds ?? [],
    targetLabels: ({ selection }: Schedule) => (selection as Selection).labels ?? [],
    targetFilter: ({ selection }: Schedule) => (selection as Selection).filter ?? null,
    timing: ({ timing }: Schedule) => showTiming(readTiming(timing)),
    calendars: ({ id }: Schedule, _: unknown, { loaders }: Context) => loaders.calendarsOfSchedule.load(id),
    nextFiresAt: ({ isEnabled, nextFiresAt }: Schedule) => (isEnabled ? nextFiresAt : null),
    upcoming: (schedule: Schedule, { count }: { count: number }, context: Context) =>
      listUpcoming(context, schedule, count),
    occurrences: ({ id }: Schedule, { status, ...page }: ScheduleOccurrencesArgs, context: Context) =>
      listOccurrences(context, id, page, status),
    savedBy: ({ savedById }: Schedule) => ({ __typename: 'User', id: savedById }),
  },
  ScheduledJob: {
    job: ({ jobId }: { jobId: string }, _: unknown, context: Context) => findJob(context, jobId),
  },
  Occurrence: {
    execution: ({ executionId }: Occurrence, _: unknown, context: Context) =>
      executionId === null ? null : findExecution(context, executionId),
  },
};
