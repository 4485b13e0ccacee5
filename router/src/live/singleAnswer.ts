import type { OperationResult } from '../operations/operation.ts';
import type { LiveAnswers } from './liveAnswers.ts';

/** A query, a mutation or a refusal, for a transport that streams. */
export async function* singleAnswer(answer: OperationResult | Promise<OperationResult>): LiveAnswers {
  yield await answer;
  return 'completed';
}
