import type { GraphQLFormattedError } from 'graphql';
import type { Viewer } from '@opsconductor/authz';

/** A GraphQL request as the router sends it. */
export interface SubgraphRequest {
  readonly query: string;
  readonly variables?: Record<string, unknown> | undefined;
  readonly operationName?: string | undefined;
}

/** On whose behalf, under which request, and until when. */
export interface SubgraphCall {
  readonly viewer: Viewer;
  readonly requestId: string;
  readonly signal: AbortSignal;
  /** The trace that the call is part of (W3C `traceparent`). */
  readonly traceparent?: string | undefined;
}

export interface SubgraphResponse {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly GraphQLFormattedError[];
}
