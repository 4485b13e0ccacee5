import { Counter, Gauge, Histogram } from '@opsconductor/telemetry';
import type { Metrics } from '@opsconductor/telemetry';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const COSTS = [1, 5, 10, 50, 100, 500, 1_000, 5_000, 10_000, 50_000, 100_000];

/** What the router counts. Every label has a bounded set of values, whatever clients send. */
export type RouterMetrics = ReturnType<typeof createRouterMetrics>;

export function createRouterMetrics(registry: Metrics) {
  const registers = [registry];
  return {
    requestDuration: new Histogram({
      name: 'opsc_router_request_duration_seconds',
      help: 'Queries and mutations, from the end of the body to the end of the answer.',
      labelNames: ['operation', 'type', 'transport', 'outcome'],
      buckets: SECONDS,
      registers,
    }),
    planDuration: new Histogram({
      name: 'opsc_router_plan_duration_seconds',
      help: 'Making a query plan that was not in the cache.',
      buckets: SECONDS,
      registers,
    }),
    planCache: new Counter({
      name: 'opsc_router_plan_cache_total',
      help: 'Look-ups of query plans.',
      labelNames: ['result'],
      registers,
    }),
    documentCache: new Counter({
      name: 'opsc_router_document_cache_total',
      help: 'Look-ups of parsed documents.',
      labelNames: ['result'],
      registers,
    }),
    subgraphFetchDuration: new Histogram({
      name: 'opsc_router_subgraph_fetch_duration_seconds',
      help: 'Calls of subgraphs.',
      labelNames: ['subgraph', 'outcome'],
      buckets: SECONDS,
      registers,
    }),
    costEstimated: new Histogram({
      name: 'opsc_router_operation_cost_estimated',
      help: 'Cost of operations as estimated before they ran.',
      buckets: COSTS,
      registers,
    }),
    costActual: new Histogram({
      name: 'opsc_router_operation_cost_actual',
      help: 'Cost of operations by their answers.',
      buckets: COSTS,
      registers,
    }),
    documents: new Counter({
      name: 'opsc_router_documents_total',
      help: 'Documents by how they were named: trusted or automatic by identifier, text; and untrusted ones among them.',
      labelNames: ['kind'],
      registers,
    }),
    budgetRefusals: new Counter({
      name: 'opsc_router_budget_refusals_total',
      help: 'Requests that were refused because a budget was used up.',
      labelNames: ['budget'],
      registers,
    }),
    budgetFallbacks: new Counter({
      name: 'opsc_router_budget_fallbacks_total',
      help: 'Decisions about budgets that this router made alone, because Redis did not answer.',
      registers,
    }),
    openConnections: new Gauge({
      name: 'opsc_router_open_connections',
      help: 'WebSockets and event streams.',
      labelNames: ['transport'],
      registers,
    }),
    openSubscriptions: new Gauge({
      name: 'opsc_router_open_subscriptions',
      help: 'Live queries and feeds.',
      labelNames: ['transport'],
      registers,
    }),
    subscriptionsEnded: new Counter({
      name: 'opsc_router_subscriptions_ended_total',
      help: 'Subscriptions that ended, by reason.',
      labelNames: ['transport', 'reason'],
      registers,
    }),
    liveReads: new Counter({
      name: 'opsc_router_live_reads_total',
      help: 'Reads of subscriptions: done, or shared with an equal subscription.',
      labelNames: ['kind'],
      registers,
    }),
  };
}

const MAX_OPERATION_NAMES = 500;

/** Names of operations come from clients: the first ones keep their name, the rest are counted together. */
export function createNameBudget(limit = MAX_OPERATION_NAMES): (name: string | undefined) => string {
  const known = new Set<string>();
  return (name) => {
    if (name === undefined) return 'anonymous';
    if (known.has(name)) return name;
    if (known.size >= limit || name.length > 100) return 'other';
    known.add(name);
    return name;
  };
}
