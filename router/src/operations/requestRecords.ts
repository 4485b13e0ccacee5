import type { Log } from '@opsconductor/telemetry';
import { createNameBudget } from '../metrics.ts';
import type { RouterMetrics } from '../metrics.ts';
import { nameOf } from './operation.ts';
import type { OperationResult, PreparedOperation } from './operation.ts';

/** How a request ended, in a word. */
export type Outcome = 'ok' | 'partial' | 'refused' | 'failed' | 'cancelled';

/** Gathers what is known of one request, for one line in the log and one observation. Never variables. */
export interface RequestRecord {
  describe(prepared: PreparedOperation): void;
  /** @param result undefined when nobody waits for it any more */
  finish(result: OperationResult | undefined, status?: number): void;
}

export interface RequestRecords {
  /** @param client address of the client */
  begin(transport: string, requestId: string, client: string): RequestRecord;
}

export function createRequestRecords(metrics: RouterMetrics, log: Log): RequestRecords {
  const budgeted = createNameBudget();
  return {
    begin(transport, requestId, client) {
      const begunAt = performance.now();
      let prepared: PreparedOperation | undefined;
      return {
        describe(operation) {
          prepared = operation;
        },
        finish(result, status) {
          const operationName = prepared && nameOf(prepared);
          const type = prepared?.operation.operation ?? 'unknown';
          const outcome = result ? outcomeOf(result) : 'cancelled';
          const durationMs = performance.now() - begunAt;
          const labels = { operation: prepared ? budgeted(operationName) : 'unknown', type, transport, outcome };
          metrics.requestDuration.observe(labels, durationMs / 1000);
          const codes = result?.errors && [...new Set(result.errors.map(({ extensions }) => extensions?.['code']))];
          log.info(
            {
              requestId,
              client,
              transport,
              operationName,
              type,
              outcome,
              status,
              codes,
              durationMs: Math.round(durationMs),
            },
            'request.finished',
          );
        },
      };
    },
  };
}

function outcomeOf({ data, errors = [] }: OperationResult): Outcome {
  if (errors.length === 0) return 'ok';
  if (data) return 'partial';
  const isOurs = errors.some(({ extensions }) =>
    ['INTERNAL_SERVER_ERROR', 'UNAVAILABLE'].includes(String(extensions?.['code'])),
  );
  return isOurs ? 'failed' : 'refused';
}
