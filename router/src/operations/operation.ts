import type { DocumentNode, GraphQLFormattedError, OperationDefinitionNode } from 'graphql';
import type { Viewer } from '@opsconductor/authz';
import type { Span } from '@opsconductor/telemetry';
import type { RequestCost } from '../cost/costs.ts';

/** What a client asks, as it came. */
export interface OperationRequest {
  readonly query: string;
  readonly operationName?: string | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
  readonly authorisation?: AuthorisationWish | undefined;
}

/** What a client says in `extensions.authorisation`. */
export interface AuthorisationWish {
  /** Rather nothing than a part. */
  readonly isAllOrNothing: boolean;
  /** Do not run it: tell who may. */
  readonly isExplanation: boolean;
}

/** Who asks, under which request, and until when. Travels to the subgraphs. */
export interface Caller {
  readonly viewer: Viewer;
  readonly requestId: string;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** The trace that the client is in (W3C `traceparent`). */
  readonly traceparent?: string | undefined;
  /** The work of this operation in that trace. */
  readonly span?: Span;
}

/** An operation within the limits. It is not validated against the schema yet, nor authorised. */
export interface PreparedOperation extends OperationRequest {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly cost: RequestCost;
}

/** A GraphQL response as it leaves: without `data` nothing was executed. */
export interface OperationResult {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly GraphQLFormattedError[];
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** Name of the operation for logs and metrics. */
export function nameOf({ operation }: PreparedOperation): string | undefined {
  return operation.name?.value;
}
