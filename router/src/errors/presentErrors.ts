import { GraphQLError } from 'graphql';
import type { GraphQLFormattedError } from 'graphql';
import { may } from '@opsconductor/authz';
import type { Viewer } from '@opsconductor/authz';
import type { Log } from '@opsconductor/telemetry';
import { INTERNAL_MESSAGE, isErrorCode } from './codes.ts';

/** Extensions that leave beside `code` and `requestId`: what a client can act on. */
const extensionsForClients = ['missing', 'retryAfterSeconds', 'budget', 'limit', 'actual'] as const;

export type Presentable = GraphQLError | GraphQLFormattedError;

export interface Presenting {
  readonly viewer: Viewer;
  readonly requestId: string;
  readonly log: Log;
}

/**
 * Errors as they leave the router: our codes, our texts, a request id, and nothing else. An error without one of our
 * codes becomes `INTERNAL_SERVER_ERROR`, and what it said goes to the log under the request id.
 */
export function presentErrors(
  errors: readonly Presentable[],
  { viewer, requestId, log }: Presenting,
): GraphQLFormattedError[] {
  return errors.map((error) => {
    const { message, locations, path = [], extensions = {} } = error instanceof GraphQLError ? error.toJSON() : error;
    const place = { ...(locations && { locations }), ...(path.length > 0 && { path }) };
    const { code } = extensions;
    if (!isErrorCode(code)) {
      const err = error instanceof GraphQLError ? (error.originalError ?? error) : undefined;
      log.error({ requestId, err, code, reason: message, path: path.join('.') }, 'error.masked');
    }
    if (!isErrorCode(code) || code === 'INTERNAL_SERVER_ERROR')
      return { message: INTERNAL_MESSAGE, ...place, extensions: { code: 'INTERNAL_SERVER_ERROR', requestId } };
    return {
      message: may(viewer, 'schema:read') ? message : withoutSuggestion(message),
      ...place,
      extensions: { code, ...pick(extensions), requestId },
    };
  });
}

/** A suggestion tells names of the schema to someone who may not read it. */
function withoutSuggestion(message: string): string {
  return message.replace(/ ?Did you mean[^]*$/, '');
}

function pick(extensions: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    extensionsForClients.filter((key) => extensions[key] !== undefined).map((key) => [key, extensions[key]]),
  );
}
