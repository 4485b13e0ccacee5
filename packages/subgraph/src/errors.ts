import { GraphQLError } from 'graphql';
import type { GraphQLFormattedError } from 'graphql';
import { unwrapResolverError } from '@apollo/server/errors';
import { Forbidden, Unauthenticated } from '@opsconductor/authz';
import type { Log } from '@opsconductor/telemetry';

/** A value of the request is wrong in a way that no refusal of the schema describes, a malformed cursor say. */
export class BadUserInput extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BadUserInput';
  }
}

/** Something that this part depends on does not answer. */
export class Unavailable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'Unavailable';
  }
}

const codesFromOutside = new Set(['BAD_USER_INPUT', 'GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED']);

/**
 * Makes the error that leaves a subgraph: one of our codes with our text, or a masked one. The detail of a masked error
 * goes to the log with the request id.
 */
export function formatError(formatted: GraphQLFormattedError, thrown: unknown, log: Log): GraphQLFormattedError {
  const original = unwrapResolverError(thrown);
  const { locations, path } = formatted;
  const place = { ...(locations && { locations }), ...(path && { path }) };
  const known = describe(original) ?? describe(causeOf(thrown));
  if (known?.code === 'UNAVAILABLE') log.warn({ err: original, path: path?.join('.') }, 'request.unavailable');
  if (known) return { ...place, message: known.message, extensions: { code: known.code } };
  const code = formatted.extensions?.['code'];
  if (original instanceof GraphQLError && typeof code === 'string' && codesFromOutside.has(code))
    return { ...place, message: formatted.message, extensions: { code } };
  log.error({ err: original, path: path?.join('.') }, 'request.failed');
  return { ...place, message: 'Internal server error', extensions: { code: 'INTERNAL_SERVER_ERROR' } };
}

function describe(error: unknown): { code: string; message: string } | undefined {
  if (error instanceof Unauthenticated) return { code: 'UNAUTHENTICATED', message: error.message };
  if (error instanceof Forbidden) return { code: 'FORBIDDEN', message: error.message };
  if (error instanceof BadUserInput) return { code: 'BAD_USER_INPUT', message: error.message };
  if (error instanceof Unavailable) return { code: 'UNAVAILABLE', message: error.message };
  if (isOutage(error)) return { code: 'UNAVAILABLE', message: 'A part of the platform does not answer. Try again.' };
  return undefined;
}

/**
 * Prisma's codes for a database that is away, what PostgreSQL and the socket say while it goes and comes, and what a raw query
 * says instead (the `kind` of a driver adapter's error).
 */
const outages: ReadonlySet<unknown> = new Set([
  ...['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028'],
  ...['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout', 'TooManyConnections'],
  ...['57P01', '57P02', '57P03', '08006', '08001', 'ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT'],
]);

function isOutage(error: unknown): boolean {
  const { code, kind, cause, meta } = (error ?? {}) as {
    code?: unknown;
    kind?: unknown;
    cause?: unknown;
    meta?: { driverAdapterError?: unknown };
  };
  if (outages.has(code) || outages.has(kind)) return true;
  const inner = cause ?? meta?.driverAdapterError;
  return inner !== undefined && inner !== error && isOutage(inner);
}

function causeOf(thrown: unknown): unknown {
  return thrown instanceof GraphQLError ? thrown.originalError : undefined;
}
