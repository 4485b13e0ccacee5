/**
 * Evaluates CEL and fills templates with it, in a thread of its own. Requests that are made together are sent together.
 * One that takes more than its time costs the thread: it is ended, another takes over what else it was asked.
 */
import { Worker } from 'node:worker_threads';
import { ExpressionFault } from './fault.ts';
import { clockMs, createProgress, readProgress } from './progress.ts';
import type { CheckedExpression, ExpressionAnswer, ExpressionRequest, FilledPart, Scope } from './requests.ts';
import type { ScopeTypes } from './scopeTypes.ts';

/** For one expression or template. */
const TIME_LIMIT_MS = 100;
/** A loaded machine may stop a thread that does little: who is over time is asked once more, alone. */
const TRIALS = 2;
const BATCH = 64;
/** The thread's own heap: a bomb ends the thread and not the process. */
const HEAP_MB = 64;

export interface Expressions {
  /**
   * @param types the declared types of the scope, where they are known: a `number` stays one although it is 3
   * @returns JSON
   * @throws {ExpressionFault}
   */
  evaluate(expression: string, scope: Scope, types?: ScopeTypes): Promise<unknown>;
  /** The text of a template. @throws {ExpressionFault} */
  render(template: string, scope: Scope, types?: ScopeTypes): Promise<string>;
  /** A template in pieces, for whoever has to keep its values apart from its text: a shell, say. @throws {ExpressionFault} */
  fill(template: string, scope: Scope, types?: ScopeTypes): Promise<readonly FilledPart[]>;
  check(expression: string, types: ScopeTypes): Promise<CheckedExpression>;
  checkTemplate(template: string, types: ScopeTypes): Promise<CheckedExpression>;
  /** Ends the thread; what is not answered yet is rejected. */
  close(): Promise<void>;
}

export function createExpressions(): Expressions {
  const thread = new EvaluatingThread();
  const ask = (request: ExpressionRequest) => thread.ask(request);
  const fill: Expressions['fill'] = async (text, scope, types) =>
    (await ask({ kind: 'fill', text, scope, types })) as readonly FilledPart[];
  const check = async (
    kind: 'check' | 'checkTemplate',
    text: string,
    types: ScopeTypes,
  ): Promise<CheckedExpression> => {
    try {
      return (await ask({ kind, text, types })) as CheckedExpression;
    } catch (error) {
      if (!(error instanceof ExpressionFault)) throw error;
      const { code, problem: message, start, end } = error;
      return { problems: [{ code, message, start, end }], type: 'any', references: [] };
    }
  };
  return {
    evaluate: (text, scope, types) => ask({ kind: 'evaluate', text, scope, types }),
    fill,
    // Most templates are plain text, and need no thread.
    render: async (template, scope, types) =>
      template.includes('${{') ? (await fill(template, scope, types)).map(({ text }) => text).join('') : template,
    check: (expression, types) => check('check', expression, types),
    checkTemplate: (template, types) => check('checkTemplate', template, types),
    close: () => thread.close(),
  };
}

interface Asked {
  readonly request: ExpressionRequest;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: Error) => void;
  trials: number;
}

class EvaluatingThread {
  #waiting: Asked[] = [];
  #sent: Asked[] = [];
  #worker: Worker | undefined;
  #progress = createProgress();
  #timer: NodeJS.Timeout | undefined;
  #isScheduled = false;
  #isClosed = false;

  ask(request: ExpressionRequest): Promise<unknown> {
    if (this.#isClosed) return Promise.reject(closed());
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, resolve, reject, trials: 0 });
      this.#schedule();
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { reject } of [...this.#sent, ...this.#waiting]) reject(closed());
    this.#sent = [];
    this.#waiting = [];
    clearTimeout(this.#timer);
    await this.#worker?.terminate();
  }

  /** After everything that is asked in the same turn of the event loop. */
  #schedule(): void {
    if (this.#isScheduled || this.#sent.length > 0) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      if (!this.#isClosed && this.#sent.length === 0) this.#send();
    });
  }

  #send(): void {
    if (this.#waiting.length === 0) return;
    // Whoever is tried again is sent alone.
    const suspect = this.#waiting.findIndex(({ trials }) => trials > 0);
    this.#sent = this.#waiting.splice(0, suspect === -1 ? BATCH : Math.min(BATCH, Math.max(1, suspect)));
    this.#worker ??= this.#start();
    this.#worker.ref();
    try {
      this.#worker.postMessage(this.#sent.map(({ request }) => request));
      this.#watch(TIME_LIMIT_MS);
    } catch (error) {
      // A scope that cannot be cloned is a fault of whoever made it.
      const sent = this.#sent;
      this.#sent = [];
      for (const { reject } of sent) reject(new TypeError('A scope holds what is not JSON.', { cause: error }));
      this.#schedule();
    }
  }

  #start(): Worker {
    const progress = createProgress();
    const worker = new Worker(new URL('./thread.ts', import.meta.url), {
      workerData: progress,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB, maxYoungGenerationSizeMb: 16, stackSizeMb: 2 },
      // Nothing of the process is given to a thread that runs other people's expressions.
      env: {},
      execArgv: [],
    });
    this.#progress = progress;
    worker.on('message', (answers: readonly ExpressionAnswer[]) => this.#settle(worker, answers));
    worker.on('error', (error: Error & { code?: string }) => this.#lose(worker, error));
    return worker;
  }

  #settle(worker: Worker, answers: readonly ExpressionAnswer[]): void {
    if (worker !== this.#worker) return;
    clearTimeout(this.#timer);
    const sent = this.#sent;
    this.#sent = [];
    worker.unref();
    for (const [index, { resolve, reject }] of sent.entries()) {
      const answer = answers[index];
      if (answer?.kind === 'value') resolve(answer.value);
      else reject(answer ? new ExpressionFault(answer.problem) : new Error('An expression was not answered.'));
    }
    if (this.#waiting.length > 0) this.#schedule();
  }

  /** Looks again when the request that is being evaluated could be over its time. */
  #watch(inMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const running = readProgress(this.#progress);
      const usedMs = running ? clockMs() - running.sinceMs : 0;
      if (running && usedMs >= TIME_LIMIT_MS) this.#stop(running.index);
      else this.#watch(TIME_LIMIT_MS - usedMs);
    }, inMs);
  }

  #stop(index: number): void {
    const worker = this.#worker;
    this.#replaceAfter(index, () => ({
      code: 'TIMED_OUT',
      message: `The expression takes more than ${TIME_LIMIT_MS} ms.`,
    }));
    void worker?.terminate();
  }

  #lose(worker: Worker, error: Error & { code?: string }): void {
    if (worker !== this.#worker) return;
    const index = readProgress(this.#progress)?.index;
    if (index === undefined) {
      // It did not even begin: a fault of ours, which no second trial mends.
      const sent = this.#sent;
      this.#sent = [];
      this.#worker = undefined;
      clearTimeout(this.#timer);
      for (const { reject } of sent) reject(new Error('Expressions cannot be evaluated.', { cause: error }));
      if (this.#waiting.length > 0) this.#schedule();
      return;
    }
    this.#replaceAfter(index, () => ({ code: 'TOO_LARGE', message: 'The expression takes too much memory.' }));
  }

  /** The request that was being evaluated is tried again alone, once, or has failed; the others are sent again. */
  #replaceAfter(
    index: number,
    describe: () => { readonly code: 'TIMED_OUT' | 'TOO_LARGE'; readonly message: string },
  ): void {
    clearTimeout(this.#timer);
    const sent = this.#sent;
    this.#sent = [];
    this.#worker = undefined;
    const culprit = sent[index];
    const others = sent.filter((asked) => asked !== culprit);
    if (culprit) {
      culprit.trials += 1;
      if (culprit.trials < TRIALS) others.push(culprit);
      else culprit.reject(new ExpressionFault({ ...describe(), start: 0, end: culprit.request.text.length }));
    }
    this.#waiting = [
      ...others.filter(({ trials }) => trials === 0),
      ...this.#waiting,
      ...others.filter(({ trials }) => trials > 0),
    ];
    this.#schedule();
  }
}

function closed(): Error {
  return new Error('Expressions are closed.');
}
