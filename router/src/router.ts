import type { IncomingMessage, RequestListener, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WakeUps } from '@opsconductor/events';
import type { Log, Metrics } from '@opsconductor/telemetry';
import type { BucketStore } from './budgets/buckets.ts';
import { createBudgets } from './budgets/budgets.ts';
import { createCharges } from './budgets/charges.ts';
import { createMemoryBuckets } from './budgets/memoryBuckets.ts';
import { createRedisBuckets } from './budgets/redisBuckets.ts';
import { createDocuments } from './documents/documents.ts';
import { admittedBy, createAccessWatch } from './access/accessWatch.ts';
import { createViewerCheck } from './access/viewerQuery.ts';
import type { Policies } from './authorisation/policies.ts';
import { createRefusalLog } from './authorisation/refusalLog.ts';
import { createEdge } from './edge.ts';
import { createGraphs } from './graph/graphs.ts';
import type { Graphs } from './graph/graphs.ts';
import type { Authenticate } from './http/credentials.ts';
import { createMetricsListener } from './http/metricsListener.ts';
import type { Limits } from './limits/limits.ts';
import { systemClock } from './live/clock.ts';
import type { LiveAnswers } from './live/liveAnswers.ts';
import { createSubscriptions } from './live/subscriptions.ts';
import { createRouterMetrics } from './metrics.ts';
import type { RouterMetrics } from './metrics.ts';
import type { Caller, OperationRequest, OperationResult } from './operations/operation.ts';
import { createAdmission } from './operations/admission.ts';
import { createOperations } from './operations/operations.ts';
import { createRequestRecords } from './operations/requestRecords.ts';
import { closeGently, createHttpServer, listen } from './server.ts';
import { resolveSettings } from './settings.ts';
import type { RouterSettingsInput } from './settings.ts';
import type { SubgraphTransport } from './transports/transport.ts';

export interface RouterDependencies {
  /** The composed supergraph, as committed. */
  readonly supergraphSdl: string;
  /** Contracts of it by name: each is a supergraph, served over HTTP at `/{name}/graphql`. */
  readonly contracts?: Readonly<Record<string, string>>;
  /** By the name that the supergraph gives each subgraph: `identity`, `assets`... */
  readonly subgraphs: Readonly<Record<string, SubgraphTransport>>;
  /** See `GraphOptions.isOpen`. Everybody may then read the schema, too. */
  readonly isOpen?: boolean;
  readonly authenticate: Authenticate;
  /** The JWK set that access tokens can be verified with, for `/.well-known/jwks.json`. */
  readonly publicKeys?: () => Promise<object>;
  readonly wakeUps: WakeUps;
  /** What `@policy` names in the supergraph. One that is not here says no. */
  readonly policies?: Policies;
  readonly limits: Limits;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly settings?: RouterSettingsInput;
  /** Where budgets are kept, so that all routers share them; without it each router counts by itself. */
  readonly redisUrl?: string | undefined;
}

export interface Router {
  readonly answerRequest: RequestListener;
  readonly acceptUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** @returns the address, as `http://127.0.0.1:4000`. @throws the error of `listen`, such as EADDRINUSE */
  listen(address: { host: string; port: number }): Promise<string>;
  /** Serves `/metrics` on an address of its own. */
  listenForMetrics(address: { host: string; port: number }): Promise<string>;
  /** Runs a query or a mutation, with every check that one over HTTP has. Never rejects. */
  execute(request: OperationRequest, caller: Caller): Promise<OperationResult>;
  /** Runs a subscription. @throws {RequestRefused} */
  subscribe(request: OperationRequest, caller: Caller): LiveAnswers;
  /**
   * Serves another supergraph from now on; what runs goes on with the one it began with.
   * @param added transports of subgraphs that are new in it
   * @throws what `createRouter` throws; then the supergraph that was served is served on
   */
  replaceSupergraph(supergraphSdl: string, added?: Readonly<Record<string, SubgraphTransport>>): void;
  /** Takes nothing new, ends subscriptions so that clients go elsewhere, and waits for what runs. */
  drain(): Promise<void>;
  /** Drains and lets go of everything but the dependencies, which whoever made them closes. */
  close(): Promise<void>;
}

/**
 * @throws {UnusableSupergraph} the supergraph cannot be loaded, or names a subgraph that is not given
 * @throws {UnenforceableSupergraph} the supergraph asks for protection that this router does not give
 * @throws {UnservableSubscription} a Subscription field is not the live twin of a Query field
 */
export async function createRouter(dependencies: RouterDependencies): Promise<Router> {
  const { wakeUps, limits, log } = dependencies;
  const settings = resolveSettings(dependencies.settings);
  const metrics = createRouterMetrics(dependencies.metrics);
  const graphs = createGraphs({ ...dependencies, metrics, cost: settings.cost, authorisation: settings.authorisation });
  const { operationSeconds, drainSeconds } = settings;
  const recordRefusal = createRefusalLog(log);
  const buckets = createBuckets(dependencies, metrics);
  const admitting = {
    documents: createDocuments(settings.documents, { metrics, log }),
    charges: createCharges({
      budgets: createBudgets(settings.budgets, buckets, metrics),
      settings: settings.cost,
      metrics,
    }),
  };
  const serveGraph = (served: Graphs) => {
    const operations = createOperations({
      ...{ graphs: served, limits, operationSeconds, recordRefusal, metrics, log },
    });
    const subscriptions = createSubscriptions({
      ...{ operations, wakeUps, settings: settings.live, metrics, log },
      graph: () => served.current,
    });
    served.onReplaced(() => subscriptions.reload());
    return { operations, subscriptions, admission: createAdmission({ ...admitting, operations }) };
  };
  const { operations, subscriptions, admission } = serveGraph(graphs);
  const contracts = new Map(
    Object.entries(dependencies.contracts ?? {}).map(([name, contractSdl]) => {
      const options = { ...dependencies, supergraphSdl: contractSdl, metrics };
      const contract = createGraphs({ ...options, cost: settings.cost, authorisation: settings.authorisation });
      return [`/${name}/graphql`, serveGraph(contract)];
    }),
  );
  const check = createViewerCheck(graphs.current.schema, operations);
  const access = check && createAccessWatch({ check, wakeUps, clock: systemClock, log });
  const records = createRequestRecords(metrics, log);
  let isDraining = false;
  const edge = createEdge({
    ...dependencies,
    ...{ graphs, operations, admission, subscriptions, records, settings, metrics, access, contracts },
    authenticate: access ? admittedBy(access, dependencies.authenticate) : dependencies.authenticate,
    isDraining: () => isDraining,
  });
  const servers: Server[] = [];

  const drain = async (): Promise<void> => {
    isDraining = true;
    edge.closeConnections();
    const giveUp = setTimeout(() => edge.abandonConnections(), drainSeconds * 1000);
    await Promise.all(servers.splice(0).map((server) => closeGently(server, drainSeconds)));
    clearTimeout(giveUp);
  };
  const serve = (server: Server, address: { host: string; port: number }): Promise<string> => {
    servers.push(server);
    return listen(server, address);
  };
  return {
    answerRequest: edge.answerRequest,
    acceptUpgrade: edge.acceptUpgrade,
    listen: (address) => serve(createHttpServer(edge.answerRequest).on('upgrade', edge.acceptUpgrade), address),
    listenForMetrics: (address) => serve(createHttpServer(createMetricsListener(dependencies.metrics)), address),
    async execute(request, caller) {
      try {
        return await operations.execute(operations.prepare(request, caller.viewer), caller);
      } catch (error) {
        return operations.present(error, caller);
      }
    },
    subscribe: (request, caller) =>
      subscriptions.open(operations.prepare(request, caller.viewer), caller, 'in-process'),
    replaceSupergraph: (supergraphSdl, added) => graphs.replace(supergraphSdl, added),
    drain,
    async close() {
      await drain();
      edge.close();
      access?.close();
      await buckets.close();
    },
  };
}

function createBuckets({ redisUrl, log }: RouterDependencies, { budgetFallbacks }: RouterMetrics): BucketStore {
  if (redisUrl === undefined) return createMemoryBuckets();
  return createRedisBuckets({ url: redisUrl, log, onFallback: () => budgetFallbacks.inc() });
}
