import type { BudgetSettings } from './budgets/budgets.ts';
import type { CostSettings } from './cost/costs.ts';
import type { AuthorisationSettings } from './graph/graph.ts';
import type { DocumentSettings } from './documents/documents.ts';

/** What an operator may tune. Everything has a default that is safe on the open internet. */
export interface RouterSettings {
  /** Largest request body over HTTP and largest message over WebSocket. */
  readonly bodyBytes: number;
  /** Longest time a query or mutation may take. */
  readonly operationSeconds: number;
  /** Origins of browsers, beside the router's own, that may call: `https://console.example`. */
  readonly allowedOrigins: readonly string[];
  /** Addresses or CIDR ranges of proxies whose `x-forwarded-*` headers are believed. */
  readonly trustedProxies: readonly string[];
  readonly cost: CostSettings;
  readonly authorisation: AuthorisationSettings;
  readonly budgets: BudgetSettings;
  readonly documents: DocumentSettings;
  readonly live: LiveSettings;
  readonly connections: ConnectionSettings;
  /** How long a drain waits for operations that run. */
  readonly drainSeconds: number;
}

export interface LiveSettings {
  /** A subscription reads again after this time without a wake-up: what a lost wake-up costs. */
  readonly backstopSeconds: number;
  /** Least time between the beginnings of two reads of one subscription that wake-ups cause. */
  readonly pushIntervalMs: number;
}

/** Bounds of connections that stay: WebSockets and event streams. */
export interface ConnectionSettings {
  readonly initSeconds: number;
  readonly maxConnections: number;
  readonly maxPerPrincipal: number;
  readonly maxOperationsPerSocket: number;
  /** A ping, or a comment on an event stream, goes out this often. A peer that gives no pong until the next is dead. */
  readonly keepAliveSeconds: number;
  /** Bytes that may wait for a client that reads slowly, and how long one message may wait. */
  readonly maxPendingBytes: number;
  readonly slowConsumerSeconds: number;
}

const defaults: RouterSettings = {
  bodyBytes: 1024 * 1024,
  operationSeconds: 30,
  allowedOrigins: [],
  trustedProxies: [],
  authorisation: { mode: 'filter', reportMissing: true },
  cost: { maxCost: 100_000, listSize: 10, report: 'asked' },
  budgets: {
    user: { requestsPerMinute: 6_000, costPerMinute: 5_000_000 },
    stranger: { requestsPerMinute: 600, costPerMinute: 60_000 },
  },
  documents: { manifests: new Map(), mode: 'off', automatic: false },
  live: { backstopSeconds: 15, pushIntervalMs: 50 },
  connections: {
    initSeconds: 3,
    maxConnections: 10_000,
    maxPerPrincipal: 100,
    maxOperationsPerSocket: 100,
    keepAliveSeconds: 12,
    maxPendingBytes: 16 * 1024 * 1024,
    slowConsumerSeconds: 30,
  },
  drainSeconds: 10,
};

export type RouterSettingsInput = Partial<
  Omit<RouterSettings, 'authorisation' | 'cost' | 'budgets' | 'documents' | 'live' | 'connections'> & {
    authorisation: Partial<AuthorisationSettings>;
    cost: Partial<CostSettings>;
    budgets: Partial<BudgetSettings>;
    documents: Partial<DocumentSettings>;
    live: Partial<LiveSettings>;
    connections: Partial<ConnectionSettings>;
  }
>;

export function resolveSettings(given: RouterSettingsInput = {}): RouterSettings {
  return {
    ...defaults,
    ...given,
    authorisation: { ...defaults.authorisation, ...given.authorisation },
    cost: { ...defaults.cost, ...given.cost },
    budgets: { ...defaults.budgets, ...given.budgets },
    documents: { ...defaults.documents, ...given.documents },
    live: { ...defaults.live, ...given.live },
    connections: { ...defaults.connections, ...given.connections },
  };
}
