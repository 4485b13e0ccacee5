import type { OperationResult } from '../operations/operation.ts';
import type { LiveAnswers } from './liveAnswers.ts';

/** A query, a mutation or a refusal, for a transport that streams. */
export async function* singleAnswer(answer: OperationResult | Promise<OperationResult>): LiveAnswers {
  yield await answer;
  return 'completed';
}

/** Answers of an operation that is still being admitted. */
export async function* laterAnswers(answers: Promise<LiveAnswers>): LiveAnswers {
  return yield* await answers;
}
