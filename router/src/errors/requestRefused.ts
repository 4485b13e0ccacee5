import { GraphQLError } from 'graphql';
import type { ErrorCode } from './codes.ts';

/** A request that is answered with errors and without `data`: nothing of it was executed. */
export class RequestRefused extends Error {
  readonly errors: readonly GraphQLError[];

  constructor(errors: readonly GraphQLError[]) {
    super(errors.map(({ message }) => message).join(' '));
    this.name = 'RequestRefused';
    this.errors = errors;
  }
}

export function refuse(code: ErrorCode, message: string): RequestRefused {
  return new RequestRefused([new GraphQLError(message, { extensions: { code } })]);
}

/** Whatever was thrown, as a refusal. What is not one of ours becomes the one error that has no text of its own. */
export function asRefusal(thrown: unknown): RequestRefused {
  if (thrown instanceof RequestRefused) return thrown;
  if (thrown instanceof GraphQLError) return new RequestRefused([thrown]);
  return new RequestRefused([new GraphQLError(String(thrown), { originalError: thrown as Error })]);
}
