/**
 * The part of a step that asks somebody outside: done beside the transactions, under the lease of a queue job. An answer
 * is written together with the settling of that job, so that a lease which was lost writes nothing.
 */
import { createTransact, startPump } from '@opsconductor/events';
import type { JobQueue, LeasedJob, Pump, Transact, WakeUps } from '@opsconductor/events';
import type { Log } from '@opsconductor/telemetry';
import type { Execution, Step } from '../../../generated/prisma/client.ts';
import { lockExecution } from '../../executions/eventLog.ts';
import type { Db } from '../../executions/eventLog.ts';
import { isEnded } from '../../executions/transitions.ts';
import type { HttpClient } from '../../outbound/httpClient.ts';
import type { JobDefinition, WorkflowNode } from '../../workflows/definition.ts';
import { LeaseLost } from '../shards.ts';
import { StepBook } from '../stepBook.ts';
import type { StepPatch } from '../stepBook.ts';
import { reasonOf } from '../steps.ts';
import { readStepScope } from '../taskScopes.ts';
import { findNode, workflowAt } from '../walk.ts';
import { callHttp } from './httpCall.ts';
import { startSubJob } from './subJobCall.ts';
import type { SubJobDeps } from './subJobCall.ts';

const AT_ONCE = 16;
type CallJob = LeasedJob<{ readonly stepId: string }>;

export interface CallsDeps extends Omit<SubJobDeps, 'transact'> {
  readonly queue: JobQueue;
  readonly wakeUps: WakeUps;
  readonly log: Log;
  readonly http: HttpClient;
}

export function startCalls(deps: CallsDeps): Pump {
  const calls = new Calls(deps);
  return startPump<CallJob['data']>({
    ...deps,
    name: 'automation.call',
    slots: AT_ONCE,
    batch: 1,
    run: async (jobs, signal) => {
      for (const job of jobs) await calls.run(job, signal);
    },
  });
}

class Calls {
  readonly #deps: CallsDeps;
  readonly #transact: Transact<Db>;

  constructor(deps: CallsDeps) {
    this.#deps = deps;
    this.#transact = createTransact<Db>(deps.prisma, deps.queue, deps.wakeUps, deps.clock);
  }

  async run(job: CallJob, signal: AbortSignal): Promise<void> {
    const step = await this.#deps.prisma.step.findUnique({
      where: { id: job.data.stepId },
      include: { execution: true },
    });
    const patch = step?.status === 'RUNNING' ? await this.#call(job, step, signal) : undefined;
    await this.#settle(job, step, patch);
  }

  async #call(
    job: CallJob,
    step: Step & { execution: Execution },
    signal: AbortSignal,
  ): Promise<StepPatch | undefined> {
    const { prisma, expressions } = this.#deps;
    const { status } = step.execution;
    if (status === 'CANCELLING' || isEnded(status))
      return { status: 'CANCELLED', reason: 'Cancelled before it was begun.' };
    const node = nodeOf(step);
    try {
      const scope = await readStepScope(prisma, step.executionId, step.scope);
      if (node?.kind === 'subJob')
        return await startSubJob({ ...this.#deps, transact: this.#transact }, step, node, scope, signal);
      if (node?.kind !== 'http') return { status: 'FAILED', reason: 'The node is not there any more.' };
      if (!(await this.#mayCall(job, step, node)))
        return { status: 'UNKNOWN', reason: 'Whoever made the call went away; whether it was answered is not known.' };
      return await callHttp(this.#deps.http, node, expressions, scope, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      return { status: 'FAILED', reason: reasonOf(error) };
    }
  }

  /** Durably begun before it is made: one that was begun by somebody who died is made again only where that is safe. */
  async #mayCall({ id, retryCount }: CallJob, step: Step, node: WorkflowNode & { kind: 'http' }): Promise<boolean> {
    const { caller } = (step.state ?? {}) as { caller?: string };
    const isSafe = node.safeToRepeat === true || node.method === 'GET' || node.method === 'HEAD';
    if (caller !== undefined && !isSafe) return false;
    const begun = await this.#deps.prisma.step.updateMany({
      where: { id: step.id, status: 'RUNNING' },
      data: { state: { caller: `${id}:${retryCount}` } },
    });
    return begun.count === 1;
  }

  async #settle(job: CallJob, step: Step | null, patch: StepPatch | undefined): Promise<void> {
    const { queue, clock } = this.#deps;
    await this.#transact(async (unit) => {
      if (!(await queue.complete(unit.db, 'automation.call', [job]))) throw new LeaseLost(job.data.stepId);
      const execution = step && (await lockExecution(unit, step.executionId, clock()));
      if (!execution || isEnded(execution.status)) return;
      const book = await StepBook.read(execution);
      const current = book.all().find(({ id }) => id === step.id);
      if (patch && current?.status === 'RUNNING') book.change(current, patch);
      await book.flush();
      // Also without an end: a child may have come to its own before this was written.
      unit.enqueue('automation.advance', [{ executionId: execution.id }], execution.row.priority);
      await execution.save();
    });
  }
}

function nodeOf({ scope, nodeId, execution }: Step & { execution: Execution }): WorkflowNode | undefined {
  const definition = execution.definition as unknown as JobDefinition | null;
  const workflow = definition && workflowAt(definition.workflow, scope);
  return workflow ? findNode(workflow, nodeId) : undefined;
}
