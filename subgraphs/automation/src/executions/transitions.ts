import type { ExecutionStatus, StepStatus, TaskStatus } from '../../generated/prisma/enums.ts';

/** Legal changes of a task, total over its states. A task that has an end never leaves it. */
export const taskTransitions: Readonly<Record<TaskStatus, readonly TaskStatus[]>> = {
  PENDING: ['RUNNING', 'FAILED', 'UNREACHABLE', 'HOST_KEY_MISMATCH', 'CANCELLED', 'SKIPPED'],
  // Back to PENDING: the step is safe to repeat, and whoever ran it went away.
  RUNNING: ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'CANCELLED', 'UNKNOWN', 'PENDING'],
  SUCCEEDED: [],
  FAILED: [],
  UNREACHABLE: [],
  HOST_KEY_MISMATCH: [],
  TIMED_OUT: [],
  CANCELLED: [],
  SKIPPED: [],
  UNKNOWN: [],
};

/** Legal changes of a step, total over its states. WAITING is RUNNING without anything that works: a timer, a decision. */
export const stepTransitions: Readonly<Record<StepStatus, readonly StepStatus[]>> = {
  PENDING: ['RUNNING', 'WAITING', 'SUCCEEDED', 'FAILED', 'CANCELLED'],
  RUNNING: ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'CANCELLED', 'UNKNOWN'],
  WAITING: ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'CANCELLED'],
  SUCCEEDED: [],
  FAILED: [],
  TIMED_OUT: [],
  CANCELLED: [],
  SKIPPED: [],
  UNKNOWN: [],
};

/** Legal changes of an execution, total over its states. */
export const executionTransitions: Readonly<Record<ExecutionStatus, readonly ExecutionStatus[]>> = {
  PENDING: ['RUNNING', 'PAUSED', 'CANCELLING', 'CANCELLED', 'FAILED'],
  RUNNING: ['PAUSED', 'CANCELLING', 'COMPENSATING', 'SUCCEEDED', 'FAILED', 'UNKNOWN', 'CANCELLED'],
  PAUSED: ['PENDING', 'RUNNING', 'CANCELLING'],
  CANCELLING: ['COMPENSATING', 'CANCELLED', 'SUCCEEDED', 'FAILED', 'UNKNOWN'],
  COMPENSATING: ['CANCELLING', 'FAILED', 'CANCELLED', 'UNKNOWN'],
  SUCCEEDED: [],
  FAILED: [],
  CANCELLED: [],
  UNKNOWN: [],
};

export function mayBecome(from: TaskStatus, to: TaskStatus): boolean {
  return taskTransitions[from].includes(to);
}

export function mayExecutionBecome(from: ExecutionStatus, to: ExecutionStatus): boolean {
  return executionTransitions[from].includes(to);
}

export function mayStepBecome(from: StepStatus, to: StepStatus): boolean {
  return stepTransitions[from].includes(to);
}

export function isStepEnded(status: StepStatus): boolean {
  return stepTransitions[status].length === 0;
}

/** States that an execution never leaves. */
export const endedStatuses = (Object.keys(executionTransitions) as ExecutionStatus[]).filter(isEnded);

export function isEnded(status: ExecutionStatus): boolean {
  return executionTransitions[status].length === 0;
}

export function isTaskEnded(status: TaskStatus): boolean {
  return taskTransitions[status].length === 0;
}

/** Ends of a task that count as a failure of its step. */
export const failedTaskEnds = ['FAILED', 'UNREACHABLE', 'HOST_KEY_MISMATCH', 'TIMED_OUT', 'UNKNOWN'] as const;

/**
 * The end of a step whose tasks have all ended. A known failure weighs most; then what is not known; and nothing but
 * SUCCEEDED tasks makes a success, cancelled or not.
 * @param tolerated so many failures are a success all the same
 */
export function concludeStep(
  counts: Readonly<Partial<Record<TaskStatus, number>>>,
  isCancelling: boolean,
  tolerated = 0,
): StepStatus & ExecutionStatus {
  const sum = (...statuses: readonly TaskStatus[]) =>
    statuses.reduce((total, status) => total + (counts[status] ?? 0), 0);
  const failures = sum(...failedTaskEnds);
  const unfinished = sum('CANCELLED', 'SKIPPED');
  if (unfinished === 0 && failures <= tolerated) return 'SUCCEEDED';
  if (isCancelling) return 'CANCELLED';
  if (failures > sum('UNKNOWN')) return 'FAILED';
  return failures > 0 ? 'UNKNOWN' : 'CANCELLED';
}
