import type { TaskStatus } from '../../generated/prisma/enums.ts';
import type { CommandResult } from '../ssh/outcome.ts';
import type { SshFault } from '../ssh/fault.ts';

/** How a task ended: the status, and what is recorded with it. */
export interface TaskOutcome {
  readonly status: Exclude<TaskStatus, 'PENDING' | 'RUNNING'>;
  readonly exitCode?: number;
  readonly signal?: string;
  readonly reason?: string;
  readonly outputTruncated?: boolean;
  /** Of the node's declared outputs, by name. */
  readonly outputs?: Readonly<Record<string, unknown>>;
}

/** Why a command was stopped before it ended. */
export type Interruption = 'cancelled' | 'executorStopped';

/** The outcome of a command that was begun. */
export function outcomeOfCommand(result: CommandResult, interruption: Interruption | undefined): TaskOutcome {
  return { ...ending(result, interruption), ...(result.truncated && { outputTruncated: true }) };
}

function ending(result: CommandResult, interruption: Interruption | undefined): TaskOutcome {
  switch (result.kind) {
    case 'exited':
      if (result.exitCode === 0) return { status: 'SUCCEEDED', exitCode: 0 };
      return {
        status: 'FAILED',
        exitCode: result.exitCode,
        reason: `The command ended with status ${result.exitCode}.`,
      };
    case 'signalled':
      return { status: 'FAILED', signal: result.signal, reason: `The command was ended by SIG${result.signal}.` };
    case 'timedOut':
      return result.stopped
        ? { status: 'TIMED_OUT', reason: 'The time limit was reached and the command was terminated.' }
        : { status: 'TIMED_OUT', reason: 'The time limit was reached; whether the command still runs is not known.' };
    case 'cancelled':
      if (!result.stopped)
        return { status: 'UNKNOWN', reason: 'The command was to be stopped; whether it still runs is not known.' };
      return interruption === 'executorStopped'
        ? { status: 'FAILED', reason: 'The executor was stopped and the command was terminated.' }
        : { status: 'CANCELLED', reason: 'Cancelled; the command was terminated.' };
    case 'notStarted':
      return { status: 'FAILED', reason: result.reason };
    case 'lost':
      return {
        status: 'UNKNOWN',
        reason:
          result.reason === 'CONNECTION_LOST'
            ? 'The connection was lost while the command ran.'
            : 'The target did not say how the command ended.',
      };
  }
}

/** The outcome of a task whose command was never begun because there is no connection. */
export function outcomeOfFault(fault: SshFault): TaskOutcome {
  const status = fault.reason === 'HOST_KEY_MISMATCH' ? 'HOST_KEY_MISMATCH' : 'UNREACHABLE';
  return { status, reason: fault.message };
}
