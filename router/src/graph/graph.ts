import type { ApolloServer } from '@apollo/server';
import type { GraphQLSchema } from 'graphql';
import { createAuthoriser } from '../authorisation/authorise.ts';
import { assertEnforceable, readRequirements } from '../authorisation/requirements.ts';
import { readCostModel } from '../cost/costModel.ts';
import { createCosts } from '../cost/costs.ts';
import type { Costs, CostSettings } from '../cost/costs.ts';
import { readLiveFields } from '../live/liveFields.ts';
import type { LiveField } from '../live/liveFields.ts';
import { createApolloServer } from './apolloServer.ts';
import { createAuthorisedGateway } from './authorisedGateway.ts';
import { createGateway } from './gateway.ts';
import type { GatewayOptions } from './gateway.ts';
import type { OperationContext } from './subgraphSource.ts';

/** The supergraph, loaded: what it offers to clients, and what runs operations on it. */
export interface Graph {
  /** The API schema: what clients see. */
  readonly schema: GraphQLSchema;
  /** The Subscription fields by name. */
  readonly fields: ReadonlyMap<string, LiveField>;
  readonly costs: Costs;
  readonly server: ApolloServer<OperationContext>;
  stop(): Promise<void>;
}

/**
 * @throws {UnenforceableSupergraph} the supergraph asks for protection that this router does not give
 * @throws {UnservableSubscription} a Subscription field is not the live twin of a Query field
 */
export async function loadGraph(options: GatewayOptions & { readonly cost: CostSettings }): Promise<Graph> {
  const { supergraphSdl, log } = options;
  assertEnforceable(supergraphSdl);
  const requirements = readRequirements(supergraphSdl);
  const fields = readLiveFields(supergraphSdl);
  let schema: GraphQLSchema | undefined;
  const gateway = createAuthorisedGateway({
    gateway: createGateway(options),
    createAuthorise(apiSchema) {
      schema = apiSchema;
      return createAuthoriser({ schema: apiSchema, requirements });
    },
    log,
  });
  const server = createApolloServer(gateway, log);
  await server.start();
  if (!schema) throw new Error('The gateway loaded no supergraph.');
  const costs = createCosts(schema, readCostModel(supergraphSdl), options.cost);
  return { schema, fields, costs, server, stop: () => server.stop() };
}
