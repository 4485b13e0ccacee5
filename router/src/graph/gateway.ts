import { ApolloGateway } from '@apollo/gateway';
import type { GatewayInterface } from '@apollo/server-gateway-interface';
import type { Log } from '@opsconductor/telemetry';
import { withoutSecurityPurpose } from '../authorisation/requirements.ts';
import type { RouterMetrics } from '../metrics.ts';
import type { SubgraphTransport } from '../transports/transport.ts';
import { asApolloLogger } from './apolloLogger.ts';
import { createPlanCache } from './planCache.ts';
import { createSubgraphSource } from './subgraphSource.ts';

export interface GatewayOptions {
  readonly supergraphSdl: string;
  /** By the name that the supergraph gives each subgraph. */
  readonly subgraphs: Readonly<Record<string, SubgraphTransport>>;
  readonly log: Log;
  readonly metrics: RouterMetrics;
}

/** The stock gateway: it loads the supergraph, plans operations and runs the plans over our transports. */
export function createGateway({ supergraphSdl, subgraphs, log, metrics }: GatewayOptions): GatewayInterface {
  // Trap: unless this is set when it is constructed, the stock gateway asks cloud metadata services who it is and sends
  // figures to its vendor. A self-hosted product calls nobody.
  // eslint-disable-next-line no-restricted-properties -- written, not read: the gateway has no other switch
  process.env['APOLLO_TELEMETRY_DISABLED'] = 'true';
  return new ApolloGateway({
    supergraphSdl: withoutSecurityPurpose(supergraphSdl),
    logger: asApolloLogger(log),
    debug: false,
    // Trap: the default shows query plans to whoever sends a certain header when NODE_ENV is not `production`.
    __exposeQueryPlanExperimental: false,
    validateSupergraph: true,
    queryPlannerConfig: { cache: createPlanCache(metrics) },
    buildService: ({ name }) => {
      const transport = subgraphs[name];
      if (!transport) throw new Error(`The supergraph names a subgraph "${name}" that the router has no address of.`);
      return createSubgraphSource(name, transport, { log, metrics }) as never;
    },
  });
}
