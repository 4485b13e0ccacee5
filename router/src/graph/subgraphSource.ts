import type { GraphQLDataSource } from '@apollo/gateway';
import type { GatewayGraphQLResponse } from '@apollo/server-gateway-interface';
import type { GraphQLFormattedError } from 'graphql';
import type { Log } from '@opsconductor/telemetry';
import { INTERNAL_MESSAGE, UNAVAILABLE_MESSAGE, isCodeOfSubgraph } from '../errors/codes.ts';
import type { RouterMetrics } from '../metrics.ts';
import type { Caller } from '../operations/operation.ts';
import { SubgraphUnavailable } from '../transports/transport.ts';
import type { SubgraphResponse, SubgraphTransport } from '../transports/transport.ts';

/** What every executor of a plan finds in the context of its operation. */
export interface OperationContext {
  readonly caller: Caller;
}

/**
 * A subgraph as the gateway sees it. A failure is an answer with one masked error, so that the rest of the plan goes on;
 * what went wrong goes to the log under the request id.
 */
export function createSubgraphSource(
  name: string,
  transport: SubgraphTransport,
  { log, metrics }: { log: Log; metrics: RouterMetrics },
): GraphQLDataSource<OperationContext> {
  return {
    async process({ request, context }) {
      const { caller } = context as OperationContext;
      const { query = '', variables, operationName } = request;
      const finished = metrics.subgraphFetchDuration.startTimer({ subgraph: name });
      try {
        const response = await transport.execute({ query, variables, operationName }, caller);
        finished({ outcome: response.errors ? 'errors' : 'ok' });
        return maskErrors(name, response, caller, log);
      } catch (error) {
        const isUnavailable = error instanceof SubgraphUnavailable;
        const outcome = caller.signal.aborted ? 'cancelled' : isUnavailable ? 'unavailable' : 'fault';
        finished({ outcome });
        if (outcome !== 'cancelled')
          log.error({ requestId: caller.requestId, subgraph: name, err: error }, 'subgraph.failed');
        return { errors: [isUnavailable ? unavailable : internal] };
      }
    },
  };
}

// An empty path: the gateway puts the path of the fetch before it.
const unavailable = { message: UNAVAILABLE_MESSAGE, path: [], extensions: { code: 'UNAVAILABLE' } };
const internal = { message: INTERNAL_MESSAGE, path: [], extensions: { code: 'INTERNAL_SERVER_ERROR' } };

function maskErrors(
  name: string,
  { data, errors }: SubgraphResponse,
  { requestId }: Caller,
  log: Log,
): GatewayGraphQLResponse {
  if (!errors) return { data: data ?? null };
  const masked = errors.map((error): GraphQLFormattedError => {
    const { message, path = [], extensions = {} } = error;
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
