import { Refusal } from '@opsconductor/subgraph';
import type { Execution } from '../../generated/prisma/client.ts';

export class TargetNotFound extends Refusal {
  override readonly typeName = 'TargetNotFound';
  readonly ids: readonly string[];

  constructor(ids: readonly string[]) {
    super(
      ids.length === 1 ? 'There is no target with that id.' : `There are no targets with ${ids.length} of the ids.`,
    );
    this.ids = ids;
  }

  override get fields() {
    return { ids: this.ids };
  }
}

export class NoTargetSelected extends Refusal {
  override readonly typeName = 'NoTargetSelected';

  constructor() {
    super('The selection matches no target.');
  }
}

export class IdempotencyConflict extends Refusal {
  override readonly typeName = 'IdempotencyConflict';
  readonly execution: Execution;

  constructor(execution: Execution) {
    super('The idempotency key was used before, with another input.');
    this.execution = execution;
  }

  override get fields() {
    return { execution: this.execution };
  }
}

export class ExecutionNotFound extends Refusal {
  override readonly typeName = 'ExecutionNotFound';

  constructor() {
    super('There is no such execution.');
  }
}

export class ExecutionAlreadyFinished extends Refusal {
  override readonly typeName = 'ExecutionAlreadyFinished';
  readonly execution: Execution;

  constructor(execution: Execution) {
    super(`The execution has ended already: ${execution.status}.`);
    this.execution = execution;
  }

  override get fields() {
    return { execution: this.execution };
  }
}

/** The job runs as often as it may. */
export class JobIsFull extends Refusal {
  override readonly typeName = 'JobIsFull';
  readonly limit: number;

  constructor(limit: number) {
    super(`The job is running ${limit} ${limit === 1 ? 'time' : 'times'} already, and may not more often at once.`);
    this.limit = limit;
  }

  override get fields() {
    return { limit: this.limit };
  }
}

export class ExecutionNotPaused extends Refusal {
  override readonly typeName = 'ExecutionNotPaused';

  constructor() {
    super('The execution is not paused.');
  }
}

/** Why an execution cannot be repeated as was asked for. */
export class ExecutionNotRepeatable extends Refusal {
  override readonly typeName = 'ExecutionNotRepeatable';
}
