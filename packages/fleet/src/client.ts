import { Pool } from 'undici';
import type { z } from 'zod';
import { ASSERTION_HEADER } from '@opsconductor/authz';
import type { SignAssertion, Viewer } from '@opsconductor/authz';
import { judgeHostKey, releaseConnections, selectTargets } from './contract.ts';
import type { PresentedHostKey, ReleaseRequest, ReleasedConnections, SelectedTargets, Selection } from './contract.ts';

/** On whose behalf and under which request. */
export interface FleetCall {
  readonly viewer: Viewer;
  readonly requestId: string;
  readonly signal: AbortSignal;
}

/** The assets domain, as other parts of the platform see it. Every method rejects with {@link FleetUnavailable}. */
export interface Fleet {
  selectTargets(selection: Selection, call: FleetCall): Promise<SelectedTargets>;
  releaseConnections(request: ReleaseRequest, call: FleetCall): Promise<ReleasedConnections>;
  judgeHostKey(presented: PresentedHostKey, call: FleetCall): Promise<{ isAccepted: boolean }>;
  close(): Promise<void>;
}

export class FleetUnavailable extends Error {
  constructor(detail: string, options?: ErrorOptions) {
    super(`The assets subgraph does not answer: ${detail}`, options);
    this.name = 'FleetUnavailable';
  }
}

const ANSWER_MS = 10_000;

/**
 * @param url base address of the assets subgraph
 * @param sign makes the assertion in the name of the calling part
 */
export function createFleetClient({ url, sign }: { url: string; sign: SignAssertion }): Fleet {
  const pool = new Pool(url, { connections: 8, headersTimeout: ANSWER_MS, bodyTimeout: ANSWER_MS });
  const post = async <Request extends z.ZodType, Response extends z.ZodType>(
    { path, response }: { path: string; request: Request; response: Response },
    body: z.infer<Request>,
    { viewer, requestId, signal }: FleetCall,
  ): Promise<z.infer<Response>> => {
    const text = JSON.stringify(body);
    try {
      const answer = await pool.request({
        path,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          [ASSERTION_HEADER]: sign('assets', text, { viewer, requestId }),
        },
        body: text,
        signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
      });
      if (answer.statusCode === 200) return response.parse(await answer.body.json());
      await answer.body.dump();
      throw new FleetUnavailable(`status ${answer.statusCode} for ${path}`);
    } catch (error) {
      if (signal.aborted || error instanceof FleetUnavailable) throw error;
      throw new FleetUnavailable(path, { cause: error });
    }
  };
  return {
    selectTargets: (selection, call) => post(selectTargets, selection, call),
    releaseConnections: (request, call) => post(releaseConnections, request, call),
    judgeHostKey: (presented, call) => post(judgeHostKey, presented, call),
    close: () => pool.close(),
  };
}
