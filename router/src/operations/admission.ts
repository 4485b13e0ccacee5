/**
 * What every request of a client passes before it runs, whatever transport it came by: its document is found, held to the
 * limits, and charged to the client's budgets.
 */
import type { Charges } from '../budgets/charges.ts';
import type { RateLimitHeaders } from '../budgets/budgets.ts';
import type { AskedDocument, Documents } from '../documents/documents.ts';
import type { Caller, OperationRequest, OperationResult, PreparedOperation } from './operation.ts';
import type { Operations } from './operations.ts';

/** What a client asks, as it came: the document itself, its identifier, or both. */
export interface ClientRequest extends Omit<OperationRequest, 'query'>, AskedDocument {
  /** Whether the client wants `extensions.cost`. */
  readonly isCostAsked?: boolean;
}

export interface Admitted {
  readonly prepared: PreparedOperation;
  /** For the answer, where a transport has headers. */
  readonly headers: RateLimitHeaders;
  /** Called with the answer of a query or mutation. @returns the answer as it leaves */
  settle(result: OperationResult): OperationResult;
}

export interface Admission {
  /** @throws {RequestRefused} */
  admit(request: ClientRequest, caller: Caller): Promise<Admitted>;
}

export interface AdmissionOptions {
  readonly documents: Documents;
  readonly operations: Operations;
  readonly charges: Charges;
}

export function createAdmission({ documents, operations, charges }: AdmissionOptions): Admission {
  return {
    async admit({ documentId, clientName, isCostAsked = false, ...request }, caller) {
      const { query, keep } = documents.find({ query: request.query, documentId, clientName });
      const prepared = operations.prepare({ ...request, query }, caller.viewer);
      const { headers, settle } = await charges.charge(prepared, caller, isCostAsked);
      return {
        prepared,
        headers,
        settle(result) {
          if (result.data != null) keep();
          return settle(result);
        },
      };
    },
  };
}
