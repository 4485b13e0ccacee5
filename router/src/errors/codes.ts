/**
 * The error codes that leave the router, and the HTTP status of a request that failed with them before anything was
 * executed. A code that is not here does not leave.
 */
export const statusOfCode = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  UNAUTHORIZED_FIELD_OR_TYPE: 403,
  BAD_USER_INPUT: 400,
  NOT_FOUND: 404,
  GRAPHQL_PARSE_FAILED: 400,
  GRAPHQL_VALIDATION_FAILED: 400,
  MAX_TOKENS_LIMIT: 400,
  MAX_DEPTH_LIMIT: 400,
  MAX_ALIASES_LIMIT: 400,
  MAX_DIRECTIVES_LIMIT: 400,
  MAX_ROOT_FIELDS_LIMIT: 400,
  COST_ESTIMATED_TOO_EXPENSIVE: 400,
  REQUEST_RATE_LIMITED: 429,
  PERSISTED_QUERY_NOT_SUPPORTED: 400,
  PERSISTED_QUERY_NOT_FOUND: 404,
  PERSISTED_QUERY_ID_REQUIRED: 400,
  QUERY_NOT_IN_SAFELIST: 403,
  SUBSCRIPTION_MAX_LIMIT: 429,
  INTERNAL_SERVER_ERROR: 500,
  UNAVAILABLE: 503,
} as const satisfies Record<string, number>;

export type ErrorCode = keyof typeof statusOfCode;

export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(statusOfCode, code);
}

/**
 * The codes that a subgraph may speak with. The others are the router's own: a document of the router that a subgraph
 * cannot parse or validate, say, is not the client's fault.
 */
const codesOfSubgraphs: ReadonlySet<string> = new Set<ErrorCode>([
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'UNAUTHORIZED_FIELD_OR_TYPE',
  'BAD_USER_INPUT',
  'NOT_FOUND',
]);

export function isCodeOfSubgraph(code: unknown): code is ErrorCode {
  return typeof code === 'string' && codesOfSubgraphs.has(code);
}

export const INTERNAL_MESSAGE = 'Internal server error';
export const UNAVAILABLE_MESSAGE = 'A part of the platform does not answer. Try again later.';
