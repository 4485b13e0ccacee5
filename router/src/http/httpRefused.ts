import { GraphQLError } from 'graphql';
import type { ErrorCode } from '../errors/codes.ts';
import { RequestRefused } from '../errors/requestRefused.ts';

/** A request that HTTP itself has an answer for: its status does not depend on the media type of the answer. */
export class HttpRefused extends RequestRefused {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  /** @param extensions beside the code: what a client can act on */
  constructor(
    status: number,
    code: ErrorCode,
    message: string,
    headers: Readonly<Record<string, string>> = {},
    extensions: Readonly<Record<string, unknown>> = {},
  ) {
    super([new GraphQLError(message, { extensions: { code, ...extensions } })]);
    this.name = 'HttpRefused';
    this.status = status;
    this.headers = headers;
  }
}
