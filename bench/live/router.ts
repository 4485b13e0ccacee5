/** The product's router in a process of its own, over one subgraph in memory whose world changes on call. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { composeServices } from '@apollo/composition';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { createAuthenticator, createLimits, createRouter, inProcess } from '@opsconductor/router';
import { createLog, createMetrics } from '@opsconductor/telemetry';
import { graphql, parse } from 'graphql';
import { createLocalJWKSet } from 'jose';
import type { JSONWebKeySet } from 'jose';
import { offer } from '../offer.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const sdl = `
  extend schema
    @link(url: "https://specs.apollo.dev/federation/v2.12", import: ["@authenticated", "@composeDirective"])
    @link(url: "https://specs.opsconductor.dev/live/v1.0", import: ["@live"])
    @composeDirective(name: "@live")
  directive @live(topic: String!, cursor: String) on FIELD_DEFINITION
  type Query {
    job(id: ID!): Job @authenticated
    events(after: String): Events @authenticated
  }
  type Subscription {
    job(id: ID!): Job @authenticated @live(topic: "job.{id}")
    events(after: String): Events @authenticated @live(topic: "events", cursor: "after")
  }
  type Job { id: ID! status: String! }
  type Events { nodes: [Event!]! pageInfo: PageInfo! }
  type Event { sequence: Int! }
  type PageInfo { endCursor: String hasNextPage: Boolean! }
`;

const state = { status: 0, events: 0, reads: 0 };
const listeners = new Map<string, Set<() => void>>();
const wakeUps = {
  listen(topic: string, wake: () => void) {
    const all = listeners.get(topic) ?? new Set();
    listeners.set(topic, all.add(wake));
    return () => void all.delete(wake);
  },
  announce: async (topics: readonly string[]) => {
    for (const topic of topics) for (const wake of [...(listeners.get(topic) ?? [])]) wake();
  },
  isConnected: () => true,
  close: async () => undefined,
};

function createSubgraph() {
  const PAGE = 50;
  const schema = buildSubgraphSchema({
    typeDefs: parse(sdl),
    resolvers: {
      Query: {
        job(_: unknown, { id }: { id: string }) {
          state.reads += 1;
          return { id, status: String(state.status) };
        },
        events(_: unknown, { after }: { after: string | null }) {
          state.reads += 1;
          const from = Number(after ?? 0);
          const to = Math.min(from + PAGE, state.events);
          const nodes = Array.from({ length: to - from }, (_item, index) => ({ sequence: from + index + 1 }));
          return { nodes, pageInfo: { endCursor: to > from ? String(to) : after, hasNextPage: to < state.events } };
        },
      },
    },
  });
  return inProcess({
    async execute({ query, variables }) {
      return graphql({ schema, source: query, variableValues: variables ?? null });
    },
  });
}

const now = (): number => performance.timeOrigin + performance.now();

offer({
  /** @returns the address of the graph */
  async start({ publicKeys }: { publicKeys: JSONWebKeySet }) {
    const { supergraphSdl, errors } = composeServices([{ name: 'work', url: '', typeDefs: parse(sdl) }]);
    if (!supergraphSdl) throw new Error(errors?.join());
    const keys = createLocalJWKSet(publicKeys);
    const router = await createRouter({
      supergraphSdl,
      subgraphs: { work: createSubgraph() },
      authenticate: createAuthenticator({ keys, issuer: 'opsconductor', audience: 'opsconductor' }).authenticate,
      wakeUps,
      limits: createLimits(),
      log: createLog('router', { level: 'warn' }),
      metrics: createMetrics(),
      settings: {
        budgets: { user: { requestsPerMinute: 1e9, costPerMinute: 1e12 } },
        connections: { maxConnections: 12_000, maxPerPrincipal: 12_000 },
      },
    });
    return router.listen({ host: '127.0.0.1', port: 0 });
  },
  /** @returns bytes that the process holds, without garbage */
  async memory() {
    for (let time = 0; time < 4; time += 1) {
      collectGarbage();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const { rss, heapUsed, external } = process.memoryUsage();
    return { rss, used: heapUsed + external };
  },
  /** Changes the job that equal subscribers watch. @returns when, and the reads so far */
  change() {
    state.status += 1;
    const at = now();
    void wakeUps.announce(['job.equal']);
    return { at, reads: state.reads };
  },
  /** Adds events to the feed. */
  record(count: number) {
    state.events += count;
    void wakeUps.announce(['events']);
  },
  reads: () => state.reads,
});
