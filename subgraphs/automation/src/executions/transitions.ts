import type { ExecutionStatus, TaskStatus } from '../../generated/prisma/enums.ts';

/** Legal changes of a task, total over its states. A task that has an end never leaves it. */
export const taskTransitions: Readonly<Record<TaskStatus, readonly TaskStatus[]>> = {
  PENDING: ['RUNNING', 'UNREACHABLE', 'HOST_KEY_MISMATCH', 'CANCELLED'],
  RUNNING: ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'CANCELLED', 'UNKNOWN'],
  SUCCEEDED: [],
  FAILED: [],
  UNREACHABLE: [],
  HOST_KEY_MISMATCH: [],
  TIMED_OUT: [],
  CANCELLED: [],
  UNKNOWN: [],
};

/** Legal changes of an execution, total over its states. */
export const executionTransitions: Readonly<Record<ExecutionStatus, readonly ExecutionStatus[]>> = {
  PENDING: ['RUNNING', 'CANCELLING', 'CANCELLED'],
  RUNNING: ['CANCELLING', 'SUCCEEDED', 'FAILED', 'UNKNOWN', 'CANCELLED'],
  CANCELLING: ['CANCELLED', 'SUCCEEDED', 'FAILED', 'UNKNOWN'],
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

export function isEnded(status: ExecutionStatus): boolean {
  return executionTransitions[status].length === 0;
}

export function isTaskEnded(status: TaskStatus): boolean {
  return taskTransitions[status].length === 0;
}

/**
 * The end of an execution whose tasks have all ended. A known failure weighs most; then what is not known; and nothing
 * but SUCCEEDED tasks makes a success, cancelled or not.
 */
export function concludeExecution(
  counts: Readonly<Partial<Record<TaskStatus, number>>>,
  isCancelling: boolean,
): ExecutionStatus {
  const has = (...statuses: TaskStatus[]) => statuses.some((status) => (counts[status] ?? 0) > 0);
  if (!has('FAILED', 'UNREACHABLE', 'HOST_KEY_MISMATCH', 'TIMED_OUT', 'CANCELLED', 'UNKNOWN')) return 'SUCCEEDED';
  if (isCancelling) return 'CANCELLED';
  if (has('FAILED', 'UNREACHABLE', 'HOST_KEY_MISMATCH', 'TIMED_OUT')) return 'FAILED';
  return has('UNKNOWN') ? 'UNKNOWN' : 'CANCELLED';
}
