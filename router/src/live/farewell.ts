import { refuse } from '../errors/requestRefused.ts';
import type { OperationResult } from '../operations/operation.ts';
import type { Operations } from '../operations/operations.ts';
import type { Caller } from '../operations/operation.ts';
import type { EndReason } from './liveAnswers.ts';

/** What a client is told that could not know why its subscription ends, and what it can do. */
export function farewellOf(
  reason: EndReason,
  caller: Caller,
  { present }: Pick<Operations, 'present'>,
): OperationResult | undefined {
  switch (reason) {
    case 'token_expired':
      return present(refuse('UNAUTHENTICATED', 'The access token has expired: refresh it.'), caller);
    case 'revoked':
      return present(refuse('UNAUTHENTICATED', 'This access token does not hold any more: get a new one.'), caller);
    case 'server_close':
      return present(refuse('UNAVAILABLE', 'The service restarts: subscribe again.'), caller);
    default:
      return undefined;
  }
}
