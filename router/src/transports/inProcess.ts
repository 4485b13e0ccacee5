import { createDeadline, untilAborted } from '../deadline.ts';
import { SubgraphFault, SubgraphUnavailable, readSubgraphResponse } from './transport.ts';
import type { SubgraphCall, SubgraphRequest, SubgraphTransport } from './transport.ts';

const REQUEST_MS = 30_000;

/** A subgraph that lives in this process. */
export interface InProcessSubgraph {
  execute(request: SubgraphRequest, call: SubgraphCall): Promise<unknown>;
}

/**
 * Calls a subgraph without HTTP: the viewer is passed as an object. Whoever made the subgraph stops it.
 * @param requestMs longest time of one call
 */
export function inProcess(
  subgraph: InProcessSubgraph,
  { requestMs = REQUEST_MS }: { requestMs?: number } = {},
): SubgraphTransport {
  return {
    async execute(request, call) {
      using deadline = createDeadline(requestMs, call.signal);
      const { signal } = deadline;
      let answer: unknown;
      if (signal.aborted) throw new SubgraphUnavailable('the caller has left');
      try {
        answer = await untilAborted(subgraph.execute(request, { ...call, signal }), signal);
      } catch (error) {
        if (signal.aborted) throw new SubgraphUnavailable('the call was not answered in time', { cause: error });
        throw new SubgraphFault('the subgraph threw', { cause: error });
      }
      return readSubgraphResponse(answer);
    },
    close: async () => undefined,
  };
}
