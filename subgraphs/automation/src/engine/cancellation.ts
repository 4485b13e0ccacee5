import type { WakeUps } from '@opsconductor/events';
import type { PrismaClient } from '../../generated/prisma/client.ts';
import { executionCancelTopic } from '../executions/eventLog.ts';
import { isEnded, isStepEnded } from '../executions/transitions.ts';

/** A wake-up that got lost costs so much time, not the cancellation. */
const REREAD_MS = 3_000;

/** Watches whether somebody wants a step of an execution to stop. */
export class CancellationWatch {
  readonly #abort = new AbortController();
  readonly #unlisten: () => void;
  readonly #reread: NodeJS.Timeout;
  readonly #read: () => Promise<boolean>;

  constructor(prisma: PrismaClient, wakeUps: WakeUps, executionId: string, stepId: string) {
    this.#read = async () => {
      const step = await prisma.step.findUnique({
        where: { id: stepId },
        select: { status: true, execution: { select: { status: true } } },
      });
      if (!step || isStepEnded(step.status)) return true;
      return step.execution.status === 'CANCELLING' || isEnded(step.execution.status);
    };
    this.#unlisten = wakeUps.listen(executionCancelTopic(executionId), () => this.#check());
    this.#reread = setInterval(() => this.#check(), REREAD_MS);
  }

  /** Aborts when the execution is to stop. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  cancel(): void {
    this.#abort.abort(new Error('cancelled'));
  }

  close(): void {
    this.#unlisten();
    clearInterval(this.#reread);
  }

  #check(): void {
    this.#read().then(
      (isCancelled) => isCancelled && this.cancel(),
      // The database is away: the next look tells.
      () => undefined,
    );
  }
}
