/**
 * The way of one operation: tokens -> parse -> depth, aliases, directives, root fields -> may the viewer see the schema ->
 * cost -> validate -> variables -> authorise -> plan -> execute. What comes before (bytes, JSON, who asks) is the
 * transports' part. Everything up to the plan is done once for each text, and the plan once for each group of viewers who
 * are refused the same.
 */
import { getOperationAST } from 'graphql';
import type { DocumentNode } from 'graphql';
import type { Viewer } from '@opsconductor/authz';
import type { Log } from '@opsconductor/telemetry';
import type { Answer } from '../authorisation/authorise.ts';
import { createDeadline } from '../deadline.ts';
import { UNAVAILABLE_MESSAGE } from '../errors/codes.ts';
import { presentErrors } from '../errors/presentErrors.ts';
import type { Presentable } from '../errors/presentErrors.ts';
import { RequestRefused, asRefusal, refuse } from '../errors/requestRefused.ts';
import type { Graphs } from '../graph/graphs.ts';
import type { Limits } from '../limits/limits.ts';
import type { RouterMetrics } from '../metrics.ts';
import { createCheckedDocuments } from './checkedDocuments.ts';
import { requireSchemaReader } from './introspection.ts';
import type { Caller, OperationRequest, OperationResult, PreparedOperation } from './operation.ts';
import { coerceVariables } from './variables.ts';

export interface Operations {
  /** @throws {RequestRefused} the request is beyond a limit or names no operation */
  prepare(request: OperationRequest, viewer: Viewer): PreparedOperation;
  /**
   * Validates, authorises, plans and runs a query or a mutation. Never rejects.
   * @param request prepared, or written by the router itself: that is held to no limit
   */
  execute(request: OperationRequest | PreparedOperation, caller: Caller): Promise<OperationResult>;
  /** What a refused request is answered with. */
  present(refusal: unknown, caller: Pick<Caller, 'viewer' | 'requestId'>): OperationResult;
}

export interface OperationsOptions {
  readonly graphs: Graphs;
  readonly limits: Limits;
  readonly operationSeconds: number;
  readonly metrics: RouterMetrics;
  readonly log: Log;
}

export function createOperations({ graphs, limits, operationSeconds, metrics, log }: OperationsOptions): Operations {
  const documents = createCheckedDocuments(limits, metrics);

  const present: Operations['present'] = (refusal, { viewer, requestId }) => ({
    errors: presentErrors(asRefusal(refusal).errors, { viewer, requestId, log }),
  });

  /** @throws {RequestRefused} the operation is not valid, or the viewer may have nothing of it */
  async function answer(document: DocumentNode, request: OperationRequest, caller: Caller): Promise<PresentableAnswer> {
    // Once: a supergraph that is replaced meanwhile is for those who come later.
    const graph = graphs.current;
    const errors = graph.validate(document);
    if (errors.length > 0) throw new RequestRefused(errors);
    const { operationName } = request;
    const operation = getOperationAST(document, operationName);
    if (!operation) throw refuse('BAD_USER_INPUT', unresolvedOperation(operationName));
    const variables = coerceVariables(operation, request.variables, graph.schema);
    const decision = graph.authorise({ document, operationName, variables: request.variables, viewer: caller.viewer });
    if (decision.kind === 'rejected') return { errors: decision.errors };
    if (decision.kind === 'allowed') return graph.compile(document, operationName).execute(variables, caller);
    if (!decision.document) return decision.complete();
    return decision.complete(await graph.compile(decision.document, operationName).execute(variables, caller));
  }

  return {
    prepare(request, viewer) {
      limits.admitDocument(request.query, viewer);
      const { document, asksForSchema } = documents.check(request.query);
      const operation = getOperationAST(document, request.operationName);
      if (!operation) throw refuse('BAD_USER_INPUT', unresolvedOperation(request.operationName));
      if (asksForSchema) requireSchemaReader(viewer);
      const cost = graphs.current.costs.estimate(document, operation, request.variables);
      return { ...request, document, operation, cost };
    },

    async execute(request, caller) {
      using deadline = createDeadline(operationSeconds * 1000, caller.signal);
      try {
        const document = 'document' in request ? request.document : documents.parseOwn(request.query);
        const { data, errors } = await answer(document, request, { ...caller, signal: deadline.signal });
        return {
          ...(data !== undefined && { data }),
          ...(errors && { errors: presentErrors(errors, { ...caller, log }) }),
        };
      } catch (error) {
        return present(deadline.isExceeded ? refuse('UNAVAILABLE', UNAVAILABLE_MESSAGE) : error, caller);
      }
    },

    present,
  };
}

type PresentableAnswer = Answer<Presentable>;

function unresolvedOperation(name: string | undefined): string {
  return name === undefined
    ? 'The document must hold exactly one operation, or operationName must name one.'
    : 'operationName names no operation of the document.';
}
