import { isErrorCode, statusOfCode } from '../errors/codes.ts';
import type { OperationResult } from '../operations/operation.ts';
import { JSON_RESPONSE } from './mediaTypes.ts';
import type { JsonMediaType } from './mediaTypes.ts';

/**
 * The status of an answer to a well-formed request (GraphQL over HTTP, "Status Codes"): 200 for whatever was executed;
 * what was not is 200 in the old media type, whose clients expect that, and the error's own in the new one.
 */
export function statusOf({ data, errors = [] }: OperationResult, type: JsonMediaType): number {
  if (data !== undefined || type === JSON_RESPONSE) return 200;
  const code = errors[0]?.extensions?.['code'];
  return isErrorCode(code) ? statusOfCode[code] : 500;
}
