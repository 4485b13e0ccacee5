import { GraphQLError } from 'graphql';
import type { ErrorCode } from '../errors/codes.ts';
import { RequestRefused } from '../errors/requestRefused.ts';

/** A request that HTTP itself has an answer for: its status does not depend on the media type of the answer. */
export class HttpRefused extends RequestRefused {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: ErrorCode, message: string, headers: Record<string, string> = {}) {
    super([new GraphQLError(message, { extensions: { code } })]);
    this.name = 'HttpRefused';
    this.status = status;
    this.headers = headers;
  }
}
