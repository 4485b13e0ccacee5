import { GraphQLError } from 'graphql';
import type { ExecutionResult, GraphQLFormattedError } from 'graphql';
import type { EndReason, LiveAnswers } from '../live/liveAnswers.ts';
import { hasFailed } from '../live/reader.ts';

/** An error as it leaves, in the type that graphql-ws wants errors in. */
export class PresentedError extends GraphQLError {
  readonly #presented: GraphQLFormattedError;

  constructor(presented: GraphQLFormattedError) {
    super(presented.message);
    this.#presented = presented;
  }

  override toJSON(): GraphQLFormattedError {
    return this.#presented;
  }
}

/** Nothing was executed: the protocol has a message of its own for that. */
export class OperationRefused extends Error {
  readonly errors: readonly GraphQLFormattedError[];

  constructor(errors: readonly GraphQLFormattedError[]) {
    super('refused');
    this.name = 'OperationRefused';
    this.errors = errors;
  }
}

/**
 * Answers as graphql-ws pulls them. `return` aborts what runs: of itself, an async generator would come to a return only
 * after what it is waiting for.
 * @param ended called once with the reason
 */
export function operationAnswers(
  answers: LiveAnswers,
  controller: AbortController,
  ended: (reason: EndReason) => void,
): AsyncGenerator<ExecutionResult, undefined> {
  let isFinished = false;
  const finish = async (reason: EndReason) => {
    controller.abort(reason);
    await answers.return(reason);
    if (!isFinished) ended(reason);
    isFinished = true;
    return { done: true, value: undefined } as const;
  };
  return {
    async next() {
      const next = await answers.next();
      if (next.done) return finish(next.value);
      const { data, errors } = next.value;
      if (data === undefined && errors && !hasFailed({ errors })) {
        await finish('refused');
        throw new OperationRefused(errors);
      }
      // Errors are presented already; the type says otherwise.
      return { done: false, value: next.value as ExecutionResult };
    },
    return: () => finish('completed'),
    async throw(error: unknown) {
      await finish('failed');
      throw error;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
    [Symbol.asyncDispose]: async () => void (await finish('completed')),
  };
}
