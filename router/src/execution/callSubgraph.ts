import type { GraphQLFormattedError } from 'graphql';
import type { Log } from '@opsconductor/telemetry';
import { INTERNAL_MESSAGE, UNAVAILABLE_MESSAGE, isCodeOfSubgraph } from '../errors/codes.ts';
import type { RouterMetrics } from '../metrics.ts';
import type { Caller } from '../operations/operation.ts';
import { SubgraphUnavailable } from '../transports/transport.ts';
import type { SubgraphRequest, SubgraphResponse, SubgraphTransport } from '../transports/transport.ts';

/** What a subgraph gave: data, errors that may be shown, or both. */
export interface SubgraphAnswer {
  readonly data?: Record<string, unknown> | null | undefined;
  readonly errors?: readonly GraphQLFormattedError[] | undefined;
}

/** Never rejects: a failure is an answer with one masked error, so that the rest of the plan goes on. */
export type CallSubgraph = (request: SubgraphRequest, caller: Caller) => Promise<SubgraphAnswer>;

/** A subgraph as plans see it. What went wrong in a call goes to the log under the request id. */
export function createSubgraphCall(
  name: string,
  transport: SubgraphTransport,
  { log, metrics }: { log: Log; metrics: RouterMetrics },
): CallSubgraph {
  return async (request, caller) => {
    const finished = metrics.subgraphFetchDuration.startTimer({ subgraph: name });
    const span = caller.span?.child('subgraph.fetch', 'client', { subgraph: name });
    try {
      const { viewer, requestId, signal } = caller;
      const response = await transport.execute(request, { viewer, requestId, signal, traceparent: span?.traceparent });
      finished({ outcome: response.errors ? 'errors' : 'ok' });
      span?.end(response.errors && 'errors');
      return response.errors ? maskErrors(name, response, caller, log) : response;
    } catch (error) {
      const isUnavailable = error instanceof SubgraphUnavailable;
      const outcome = caller.signal.aborted ? 'cancelled' : isUnavailable ? 'unavailable' : 'fault';
      finished({ outcome });
      span?.end(outcome);
      if (outcome !== 'cancelled')
        log.error({ requestId: caller.requestId, subgraph: name, err: error }, 'subgraph.failed');
      return { errors: [isUnavailable ? unavailable : internal] };
    }
  };
}

const unavailable = { message: UNAVAILABLE_MESSAGE, extensions: { code: 'UNAVAILABLE' } };
const internal = { message: INTERNAL_MESSAGE, extensions: { code: 'INTERNAL_SERVER_ERROR' } };

function maskErrors(
  name: string,
  { data, errors = [] }: SubgraphResponse,
  { requestId }: Caller,
  log: Log,
): SubgraphAnswer {
  const masked = errors.map((error): GraphQLFormattedError => {
    const { message, extensions = {} } = error;
    const path = Array.isArray(error.path) ? error.path : [];
    const { code } = extensions;
    if (isCodeOfSubgraph(code)) return { message, path, extensions };
    if (code === 'UNAVAILABLE') return { ...unavailable, path };
    // A masked error has its detail in the log of the subgraph, under the same request id.
    if (code !== 'INTERNAL_SERVER_ERROR')
      log.error({ requestId, subgraph: name, code, reason: message, path: path.join('.') }, 'subgraph.error.masked');
    return { ...internal, path };
  });
  return { data: data ?? null, errors: masked };
}
