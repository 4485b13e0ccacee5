import { BadUserInput, InvalidInput, orRefusal } from '@opsconductor/subgraph';
import type { Execution, Step, Task } from '../../generated/prisma/client.ts';
import type { TaskStatus } from '../../generated/prisma/enums.ts';
import type {
  CancelExecutionInput,
  ExecutionStepsArgs,
  ExecutionTasksArgs,
  PauseExecutionInput,
  QueryExecutionEventsArgs,
  QueryExecutionsArgs,
  RepeatExecutionInput,
  ResumeExecutionInput,
  StartExecutionInput,
  StartJobInput,
  StepTasksArgs,
  TaskOutputArgs,
} from '../../generated/graphql.ts';
import type { Context } from '../context.ts';
import { JobNotFound, JobRevisionNotFound } from '../jobs/refusals.ts';
import { cancelExecution } from './cancelExecution.ts';
import { cursorOf, listExecutionEvents } from './executionEvents.ts';
import type { LoggedEvent } from './executionEvents.ts';
import {
  findExecution,
  findExecutionOfStep,
  findLastExecution,
  findStep,
  findTask,
  listExecutions,
  listSteps,
  listTasks,
} from './executions.ts';
import type { TaskCounts } from './loaders.ts';
import {
  ExecutionAlreadyFinished,
  ExecutionNotFound,
  ExecutionNotPaused,
  ExecutionNotRepeatable,
  IdempotencyConflict,
  JobIsFull,
  NoTargetSelected,
  TargetNotFound,
} from './refusals.ts';
import { pauseExecution, resumeExecution } from './pauseExecution.ts';
import { findPendingReasons, findQueuePosition } from './pendingReasons.ts';
import { repeatExecution } from './repeatExecution.ts';
import { startExecution } from './startExecution.ts';
import { startJob } from './startJob.ts';
import { startEach } from './startJobs.ts';

const OUTPUT_LIMIT_BYTES = 1024 * 1024;

const count = (status: TaskStatus) => (counts: TaskCounts) => counts[status] ?? 0;
const taskOf = ({ taskId }: { taskId: string }, _args: unknown, context: Context) => findTask(context, taskId);
const stepOf = ({ stepId }: { stepId: string }, _args: unknown, context: Context) => findStep(context, stepId);
const event = { cursor: (logged: LoggedEvent) => cursorOf(logged) };

function startOrRefuse(context: Context, input: StartJobInput) {
  const refusals = [JobNotFound, JobRevisionNotFound, JobIsFull, TargetNotFound, NoTargetSelected] as const;
  return orRefusal([...refusals, IdempotencyConflict, InvalidInput], async () => ({
    __typename: 'ExecutionStarted',
    execution: await startJob(context, input),
  }));
}

export const resolvers = {
  Query: {
    execution: (_: unknown, { id }: { id: string }, context: Context) => findExecution(context, id),
    step: (_: unknown, { id }: { id: string }, context: Context) => findStep(context, id),
    executions: (_: unknown, { status, ...page }: QueryExecutionsArgs, context: Context) =>
      listExecutions(context, page, status),
    executionEvents: (_: unknown, { executionId, ...page }: QueryExecutionEventsArgs, context: Context) =>
      listExecutionEvents(context, executionId, page),
  },
  Mutation: {
    startExecution: (_: unknown, { input }: { input: StartExecutionInput }, context: Context) =>
      orRefusal([InvalidInput, TargetNotFound, NoTargetSelected, IdempotencyConflict], async () => ({
        __typename: 'ExecutionStarted',
        execution: await startExecution(context, input),
      })),
    cancelExecution: (_: unknown, { input }: { input: CancelExecutionInput }, context: Context) =>
      orRefusal([ExecutionNotFound, ExecutionAlreadyFinished], async () => ({
        __typename: 'ExecutionCancelling',
        execution: await cancelExecution(context, input.id),
      })),
    pauseExecution: (_: unknown, { input }: { input: PauseExecutionInput }, context: Context) =>
      orRefusal([ExecutionNotFound, ExecutionAlreadyFinished], async () => ({
        __typename: 'ExecutionPaused',
        execution: await pauseExecution(context, input.id),
      })),
    resumeExecution: (_: unknown, { input }: { input: ResumeExecutionInput }, context: Context) =>
      orRefusal([ExecutionNotFound, ExecutionNotPaused, ExecutionAlreadyFinished], async () => ({
        __typename: 'ExecutionResumed',
        execution: await resumeExecution(context, input.id),
      })),
    startJob: (_: unknown, { input }: { input: StartJobInput }, context: Context) => startOrRefuse(context, input),
    startJobs: (_: unknown, { inputs }: { inputs: StartJobInput[] }, context: Context) =>
      startEach(inputs, (input) => startOrRefuse(context, input)),
    repeatExecution: (_: unknown, { input }: { input: RepeatExecutionInput }, context: Context) =>
      orRefusal([ExecutionNotFound, ExecutionNotRepeatable, IdempotencyConflict, InvalidInput], async () => ({
        __typename: 'ExecutionStarted',
        execution: await repeatExecution(context, input),
      })),
  },
  Execution: {
    __resolveReference: ({ id }: { id: string }, context: Context) => findExecution(context, id),
    startedBy: ({ startedById }: Execution) => ({ __typename: 'User', id: startedById }),
    counts: ({ id }: Execution, _: unknown, { loaders }: Context) => loaders.taskCounts.load(id),
    tasks: ({ id }: Execution, { status, ...page }: ExecutionTasksArgs, context: Context) =>
      listTasks(context, { executionId: id }, page, status),
    repeats: ({ retryOfId }: Execution, _: unknown, { loaders }: Context) =>
      retryOfId === null ? null : loaders.execution.load(retryOfId),
    parent: ({ parentStepId }: Execution, _: unknown, context: Context) =>
      parentStepId === null ? null : findExecutionOfStep(context, parentStepId),
    pendingReasons: (execution: Execution, _: unknown, { prisma, clock }: Context) =>
      findPendingReasons(prisma, execution, clock()),
    queuePosition: (execution: Execution, _: unknown, { prisma }: Context) => findQueuePosition(prisma, execution),
    steps: ({ id }: Execution, { nodeId, ...page }: ExecutionStepsArgs, context: Context) =>
      listSteps(context, id, page, nodeId),
  },
  Step: {
    __resolveReference: ({ id }: { id: string }, context: Context) => findStep(context, id),
    execution: ({ executionId }: Step, _: unknown, { loaders }: Context) => loaders.execution.load(executionId),
    wakesAt: ({ wakeAt, finishedAt }: Step) => (finishedAt ? null : wakeAt),
    batch: ({ batch, batches }: Step) => (batches > 0 ? batch + 1 : null),
    batches: ({ batches }: Step) => (batches > 0 ? batches : null),
    counts: ({ id }: Step, _: unknown, { loaders }: Context) => loaders.stepCounts.load(id),
    tasks: ({ id }: Step, { status, ...page }: StepTasksArgs, context: Context) =>
      listTasks(context, { stepId: id }, page, status),
  },
  TaskCounts: {
    total: (counts: TaskCounts) => Object.values(counts).reduce((sum, each) => sum + each, 0),
    pending: count('PENDING'),
    running: count('RUNNING'),
    succeeded: count('SUCCEEDED'),
    failed: count('FAILED'),
    unreachable: count('UNREACHABLE'),
    hostKeyMismatch: count('HOST_KEY_MISMATCH'),
    timedOut: count('TIMED_OUT'),
    cancelled: count('CANCELLED'),
    skipped: count('SKIPPED'),
    unknown: count('UNKNOWN'),
  },
  Task: {
    __resolveReference: ({ id }: { id: string }, context: Context) => findTask(context, id),
    step: stepOf,
    execution: ({ executionId }: Task, _: unknown, { loaders }: Context) => loaders.execution.load(executionId),
    target: ({ targetId }: Task) => ({ __typename: 'Target', id: targetId }),
    output: ({ id }: Task, { lastBytes }: TaskOutputArgs, { loaders }: Context) => {
      if (lastBytes == null || lastBytes < 1 || lastBytes > OUTPUT_LIMIT_BYTES)
        throw new BadUserInput(`lastBytes must be from 1 to ${OUTPUT_LIMIT_BYTES}.`);
      return loaders.outputTail.load({ taskId: id, lastBytes });
    },
  },
  ExecutionStatusChanged: { ...event, status: ({ executionStatus }: { executionStatus: string }) => executionStatus },
  TaskStatusChanged: { ...event, task: taskOf, status: ({ taskStatus }: { taskStatus: string }) => taskStatus },
  StepStatusChanged: { ...event, step: stepOf, status: ({ stepStatus }: { stepStatus: string }) => stepStatus },
  TaskOutput: { ...event, task: taskOf },
  Target: {
    __resolveReference: ({ id }: { id: string }) => ({ id }),
    lastExecution: ({ id }: { id: string }, _: unknown, context: Context) => findLastExecution(context, id),
  },
};
