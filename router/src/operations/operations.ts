/**
 * The way of one operation: tokens -> parse -> depth, aliases, directives, root fields -> may the viewer see the schema ->
 * cost -> validate -> variables -> authorise -> plan -> execute. What comes before (bytes, JSON, who asks) is the
 * transports' part. Everything up to the plan is done once for each text, and the plan once for each group of viewers who
 * are refused the same.
 */
import { getOperationAST } from 'graphql';
import type { DocumentNode, OperationDefinitionNode } from 'graphql';
import type { Viewer } from '@opsconductor/authz';
import { startSpan } from '@opsconductor/telemetry';
import type { Log } from '@opsconductor/telemetry';
import type { Allowed, Answer, Authorisation } from '../authorisation/authorise.ts';
import type { RecordRefusal } from '../authorisation/refusalLog.ts';
import { createDeadline } from '../deadline.ts';
import { UNAVAILABLE_MESSAGE } from '../errors/codes.ts';
import { presentErrors } from '../errors/presentErrors.ts';
import type { Presentable } from '../errors/presentErrors.ts';
import { RequestRefused, asRefusal, refuse } from '../errors/requestRefused.ts';
import type { Graph } from '../graph/graph.ts';
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
  /** Told of everything that is refused. */
  readonly recordRefusal?: RecordRefusal;
  readonly metrics: RouterMetrics;
  readonly log: Log;
}

export function createOperations(options: OperationsOptions): Operations {
  const { graphs, limits, operationSeconds, recordRefusal = () => undefined, metrics, log } = options;
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
    const asking = { document, operationName, viewer: caller.viewer };
    const { isAllOrNothing = false, isExplanation = false } = request.authorisation ?? {};
    if (isExplanation) return { data: null, extensions: { authorisation: explain(graph, asking) } };
    const asked = graph.authoriser.askPolicies(asking, variables.coerced);
    const verdicts = asked && (await asked);
    const decision = graph.authoriser.authorise({ ...asking, variables: request.variables, isAllOrNothing, verdicts });
    note(decision, operation, caller);
    if (decision.kind === 'rejected') return { errors: decision.errors };
    if (decision.kind === 'allowed') {
      const whole = await compile(graph, document, operationName, caller).execute(variables, caller);
      return decision.dryRun
        ? { ...whole, extensions: { authorisation: presentDryRun(decision.dryRun, caller) } }
        : whole;
    }
    if (!decision.document) return decision.complete();
    return decision.complete(await compile(graph, decision.document, operationName, caller).execute(variables, caller));
  }

  function note(decision: Authorisation, operation: OperationDefinitionNode, caller: Caller): void {
    const refused = decision.kind === 'allowed' ? decision.dryRun?.refused : decision.refused;
    if (!refused) return;
    const mode = decision.kind === 'allowed' ? 'dryRun' : decision.kind === 'filtered' ? 'filter' : 'reject';
    recordRefusal({ operationName: operation.name?.value, refused, mode }, caller);
  }

  const presentDryRun = ({ errors }: NonNullable<Allowed['dryRun']>, caller: Caller) => ({
    wouldRefuse: presentErrors(errors, { ...caller, log }),
  });

  return {
    prepare(request, viewer) {
      limits.admitDocument(request.query, viewer);
      const { document, asksForSchema } = documents.check(request.query);
      const operation = getOperationAST(document, request.operationName);
      if (!operation) throw refuse('BAD_USER_INPUT', unresolvedOperation(request.operationName));
      const needsReader = asksForSchema && !graphs.current.isSchemaPublic;
      if (needsReader || request.authorisation?.isExplanation) requireSchemaReader(viewer);
      const cost = graphs.current.costs.estimate(document, operation, request.variables);
      return { ...request, document, operation, cost };
    },

    async execute(request, caller) {
      using deadline = createDeadline(operationSeconds * 1000, caller.signal);
      const span = startSpan('graphql.operation', 'server', caller.traceparent, { 'request.id': caller.requestId });
      try {
        const document = 'document' in request ? request.document : documents.parseOwn(request.query);
        const { data, errors, extensions } = await answer(document, request, {
          ...caller,
          span,
          signal: deadline.signal,
        });
        return {
          ...(data !== undefined && { data }),
          ...(errors && { errors: presentErrors(errors, { ...caller, log }) }),
          ...(extensions && { extensions }),
        };
      } catch (error) {
        return present(deadline.isExceeded ? refuse('UNAVAILABLE', UNAVAILABLE_MESSAGE) : error, caller);
      } finally {
        span.end(caller.signal.aborted ? 'cancelled' : undefined);
      }
    },

    present,
  };
}

/** @throws {RequestRefused} the document has no such operation */
function explain({ authoriser }: Graph, asking: Parameters<Graph['authoriser']['explain']>[0]) {
  const explanation = authoriser.explain(asking);
  if (!explanation) throw refuse('BAD_USER_INPUT', unresolvedOperation(asking.operationName ?? undefined));
  return explanation;
}

function compile(graph: Graph, document: DocumentNode, operationName: string | undefined, { span }: Caller) {
  const planning = span?.child('graphql.plan', 'internal');
  try {
    return graph.compile(document, operationName);
  } finally {
    planning?.end();
  }
}

type PresentableAnswer = Answer<Presentable>;

function unresolvedOperation(name: string | undefined): string {
  return name === undefined
    ? 'The document must hold exactly one operation, or operationName must name one.'
    : 'operationName names no operation of the document.';
}
