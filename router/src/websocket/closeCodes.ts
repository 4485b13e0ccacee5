/** Close codes of RFC 6455 and of graphql-transport-ws that the router itself sends. */
export const closeCodes = {
  /** The router goes away, another one is there: connect again. */
  serviceRestart: 1012,
  tryAgainLater: 1013,
  badRequest: 4400,
  forbidden: 4403,
  internalError: 4500,
} as const;
