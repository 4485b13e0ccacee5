import type { IncomingMessage, RequestListener } from 'node:http';
import type { Duplex } from 'node:stream';
import type { AccessWatch } from './access/accessWatch.ts';
import { Connections } from './connections.ts';
import { createExplorer } from './explorer/explorer.ts';
import { createGraphqlEndpoint } from './http/graphqlEndpoint.ts';
import type { GraphqlEndpointOptions } from './http/graphqlEndpoint.ts';
import { createHealth } from './http/health.ts';
import type { HealthOptions } from './http/health.ts';
import { createListener } from './http/listener.ts';
import type { ListenerOptions } from './http/listener.ts';
import { createOrigins } from './http/origins.ts';
import { createProxies } from './http/proxies.ts';
import type { RouterMetrics } from './metrics.ts';
import { createSessionEndpoint, servesSessions } from './sessions/sessionEndpoint.ts';
import { createProtocol } from './websocket/protocol.ts';
import type { ProtocolOptions } from './websocket/protocol.ts';
import { createUpgrades } from './websocket/upgrades.ts';

/** The side of the router that clients see: HTTP, event streams, WebSockets. */
export interface Edge {
  readonly answerRequest: RequestListener;
  readonly acceptUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** Ends all connections that stay so that their clients go elsewhere. */
  closeConnections(): void;
  /** Cuts those whose clients do not answer that. */
  abandonConnections(): void;
  close(): void;
}

export type EdgeOptions = Omit<GraphqlEndpointOptions, 'connections'> &
  Omit<ProtocolOptions, 'settings'> &
  Omit<HealthOptions, 'now'> &
  Pick<ListenerOptions, 'publicKeys'> & {
    readonly metrics: RouterMetrics;
    readonly access: AccessWatch | undefined;
    /** Other graphs by the path that they are served at, over HTTP. */
    readonly contracts: ReadonlyMap<string, ServedGraph>;
  };

/** What an endpoint needs of the graph that it serves. */
export type ServedGraph = Pick<GraphqlEndpointOptions, 'operations' | 'subscriptions' | 'admission'>;

export function createEdge(options: EdgeOptions): Edge {
  const { settings, metrics, access } = options;
  const connections = new Connections(settings.connections, metrics, access);
  const proxies = createProxies(settings.trustedProxies);
  const origins = createOrigins(settings.allowedOrigins, proxies);
  const shared = { ...options, connections, proxies, origins };
  const graphql = createGraphqlEndpoint(shared);
  const sessions = servesSessions(options.graphs.current.schema) ? createSessionEndpoint(shared) : undefined;
  const contracts = new Map(
    [...options.contracts].map(([path, served]) => [path, createGraphqlEndpoint({ ...shared, ...served })]),
  );
  const health = createHealth(shared);
  const protocol = createProtocol({ ...shared, settings: settings.connections });
  const upgrades = createUpgrades({ ...shared, protocol });
  return {
    answerRequest: createListener({
      ...{ ...shared, graphql, contracts, health, sessions },
      explorer: createExplorer(),
    }),
    acceptUpgrade: (request, socket, head) => upgrades.accept(request, socket, head),
    closeConnections: () => connections.closeAll(),
    abandonConnections: () => upgrades.abandon(),
    close: () => upgrades.close(),
  };
}
