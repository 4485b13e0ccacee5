import { createHash } from 'node:crypto';
import type {
  GatewayExecutionResult,
  GatewayExecutor,
  GatewayGraphQLRequestContext,
  GatewayInterface,
} from '@apollo/server-gateway-interface';
import { GraphQLError, print } from 'graphql';
import type { DocumentNode, GraphQLSchema } from 'graphql';
import type { Log } from '@opsconductor/telemetry';
import type { Authorise } from '../authorisation/authorise.ts';
import type { OperationContext } from './subgraphSource.ts';

export interface AuthorisedGatewayOptions {
  readonly gateway: GatewayInterface;
  /** Makes the authoriser once the API schema is known. */
  readonly createAuthorise: (schema: GraphQLSchema) => Authorise;
  readonly log: Log;
}

/**
 * A gateway that authorises between validation and planning: what the viewer may not have is not in the operation that
 * is planned, so nothing of it is fetched.
 */
export function createAuthorisedGateway(options: AuthorisedGatewayOptions): GatewayInterface {
  const { gateway, createAuthorise, log } = options;
  let authorise: Authorise | undefined;
  gateway.onSchemaLoadOrUpdate(({ apiSchema }) => {
    authorise = createAuthorise(apiSchema);
  });
  return {
    onSchemaLoadOrUpdate: (callback) => gateway.onSchemaLoadOrUpdate(callback),
    async load(given) {
      const { executor } = await gateway.load(given);
      if (!executor || !authorise) throw new Error('The gateway loaded no supergraph.');
      return { executor: createExecutor(executor, () => authorise as Authorise, log) };
    },
    stop: () => gateway.stop(),
  };
}

function createExecutor(execute: GatewayExecutor, current: () => Authorise, log: Log): GatewayExecutor {
  return async (requestContext) => {
    const { caller } = requestContext.context as unknown as OperationContext;
    const { document, request } = requestContext;
    try {
      const { operationName, variables } = request;
      const decision = current()({ document, operationName, variables, viewer: caller.viewer });
      if (decision.kind === 'rejected') return { errors: decision.errors };
      if (decision.kind === 'allowed') return await execute(requestContext);
      if (!decision.document) return decision.complete() as GatewayExecutionResult;
      const answer = await execute(withDocument(requestContext, decision.document));
      return decision.complete(answer) as GatewayExecutionResult;
    } catch (error) {
      if (error instanceof GraphQLError) throw error;
      log.error({ requestId: caller.requestId, err: error }, 'operation.failed');
      return { errors: [new GraphQLError('Internal server error', { extensions: { code: 'INTERNAL_SERVER_ERROR' } })] };
    }
  };
}

/** The plan cache goes by the hash: another document under the hash of the client's text would be another's plan. */
function withDocument(
  requestContext: GatewayGraphQLRequestContext,
  document: DocumentNode,
): GatewayGraphQLRequestContext {
  const { source, hash } = identify(document);
  return {
    ...requestContext,
    document,
    source,
    queryHash: hash,
    request: { ...requestContext.request, query: source },
  };
}

const identities = new WeakMap<DocumentNode, { source: string; hash: string }>();

function identify(document: DocumentNode): { source: string; hash: string } {
  const known = identities.get(document);
  if (known) return known;
  const source = print(document);
  const identity = { source, hash: createHash('sha256').update(source).digest('hex') };
  identities.set(document, identity);
  return identity;
}
