/** Contenders run in processes of their own, so that what each costs is known apart from the load and the servers. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { interruption } from './interruption.ts';
import type { Answer, Question, Usage } from './offer.ts';

export interface Child {
  /** @throws Error with the stack of what the child threw, or when the child has ended */
  call<Result>(name: string, argument?: unknown): Promise<Result>;
  usage(): Promise<Usage>;
  stop(): Promise<void>;
}

/**
 * @param module of the child, which calls `offer`. What it prints to standard output goes nowhere: logs are written,
 *   and nobody reads them
 */
export function startChild(module: string): Child {
  const child = fork(fileURLToPath(module), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, NODE_ENV: 'production', APOLLO_TELEMETRY_DISABLED: 'true' },
    signal: interruption,
  });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let asked = 0;
  child.on('message', ({ id, value, error }: Answer) => {
    const question = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) question?.resolve(value);
    else question?.reject(new Error(error));
  });
  const fail = (reason: string) => {
    for (const { reject } of waiting.values()) reject(new Error(`${module} ${reason}`));
  };
  child.once('error', ({ message }) => fail(message));
  child.once('exit', (code, signal) => fail(`has ended (${signal ?? code})`));

  const call = async (name: string, argument: unknown = null): Promise<unknown> => {
    const answered = Promise.withResolvers<unknown>();
    const question: Question = { id: ++asked, name, argument };
    waiting.set(question.id, answered);
    child.send(question, (error) => error && answered.reject(error));
    return answered.promise;
  };
  return {
    call: <Result>(name: string, argument?: unknown) => call(name, argument) as Promise<Result>,
    usage: () => call('usage') as Promise<Usage>,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}
