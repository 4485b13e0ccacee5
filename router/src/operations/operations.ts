/**
 * The way of one operation: tokens -> parse -> depth, aliases, directives, root fields -> may the viewer see the schema ->
 * cost -> validate -> authorise -> plan -> execute. What comes before (bytes, JSON, who asks) is the transports' part.
 */
import type { ApolloServer } from '@apollo/server';
import { getOperationAST } from 'graphql';
import type { DocumentNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Viewer } from '@opsconductor/authz';
import type { Log } from '@opsconductor/telemetry';
import type { Costs } from '../cost/costs.ts';
import { createDeadline } from '../deadline.ts';
import { UNAVAILABLE_MESSAGE } from '../errors/codes.ts';
import { presentErrors } from '../errors/presentErrors.ts';
import { RequestRefused, asRefusal, refuse } from '../errors/requestRefused.ts';
import type { OperationContext } from '../graph/subgraphSource.ts';
import type { Limits } from '../limits/limits.ts';
import type { RouterMetrics } from '../metrics.ts';
import { asksForSchema, requireSchemaReader } from './introspection.ts';
import type { Caller, OperationRequest, OperationResult, PreparedOperation } from './operation.ts';
import { requirePlainRoots } from './subscriptionRoots.ts';

export interface Operations {
  /** @throws {RequestRefused} the request is beyond a limit or names no operation */
  prepare(request: OperationRequest, viewer: Viewer): PreparedOperation;
  /** Validates, authorises, plans and runs a query or a mutation. Never rejects. */
  execute(request: OperationRequest, caller: Caller): Promise<OperationResult>;
  /** What a refused request is answered with. */
  present(refusal: unknown, caller: Pick<Caller, 'viewer' | 'requestId'>): OperationResult;
}

export interface OperationsOptions {
  readonly server: ApolloServer<OperationContext>;
  readonly limits: Limits;
  readonly costs: Costs;
  readonly operationSeconds: number;
  readonly metrics: RouterMetrics;
  readonly log: Log;
}

const REMEMBERED_DOCUMENTS = 2_000;
const REMEMBERED_CHARACTERS = 16 * 1024 * 1024;

interface CheckedDocument {
  readonly document: DocumentNode;
  readonly asksForSchema: boolean;
}

export function createOperations(options: OperationsOptions): Operations {
  const { server, limits, costs, operationSeconds, metrics, log } = options;
  const checked = new LRUCache<string, CheckedDocument>({
    max: REMEMBERED_DOCUMENTS,
    maxSize: REMEMBERED_CHARACTERS,
    sizeCalculation: (_document, source) => source.length + 1,
  });

  function check(source: string): CheckedDocument {
    const known = checked.get(source);
    metrics.documentCache.inc({ result: known ? 'hit' : 'miss' });
    if (known) return known;
    const document = limits.parseOperation(source);
    const errors = limits.checkDocument(document);
    if (errors.length > 0) throw new RequestRefused(errors);
    requirePlainRoots(document);
    const fresh = { document, asksForSchema: asksForSchema(document) };
    checked.set(source, fresh);
    return fresh;
  }

  const present: Operations['present'] = (refusal, { viewer, requestId }) => ({
    errors: presentErrors(asRefusal(refusal).errors, { viewer, requestId, log }),
  });

  return {
    prepare(request, viewer) {
      limits.admitDocument(request.query, viewer);
      const { document, asksForSchema } = check(request.query);
      const operation = getOperationAST(document, request.operationName);
      if (!operation) throw refuse('BAD_USER_INPUT', unresolvedOperation(request.operationName));
      if (asksForSchema) requireSchemaReader(viewer);
      const cost = costs.estimate(document, operation, request.variables);
      return { ...request, document, operation, cost };
    },

    async execute({ query, operationName, variables }, caller) {
      using deadline = createDeadline(operationSeconds * 1000, caller.signal);
      const request = { query, ...(operationName && { operationName }), ...(variables && { variables }) };
      const contextValue = { caller: { ...caller, signal: deadline.signal } };
      try {
        const { body } = await server.executeOperation(request, { contextValue });
        if (body.kind !== 'single') throw new Error('The gateway gave an incremental result.');
        // Not its extensions: there the gateway tells which values did not fit the schema.
        const { data, errors } = body.singleResult;
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

function unresolvedOperation(name: string | undefined): string {
  return name === undefined
    ? 'The document must hold exactly one operation, or operationName must name one.'
    : 'operationName names no operation of the document.';
}
