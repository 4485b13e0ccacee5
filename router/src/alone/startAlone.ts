import { anonymous } from '@opsconductor/authz';
import type { WakeUps } from '@opsconductor/events';
import { createMetrics } from '@opsconductor/telemetry';
import type { Log } from '@opsconductor/telemetry';
import { createLimits } from '../limits/limits.ts';
import { subgraphsIn } from '../planning/supergraph.ts';
import { createRouter } from '../router.ts';
import { overHttp } from '../transports/overHttp.ts';
import type { SubgraphTransport } from '../transports/transport.ts';
import type { RouterArguments } from './arguments.ts';
import { openSupergraph } from './supergraphSource.ts';

export interface RunningRouter {
  /** As `http://127.0.0.1:4000`. */
  readonly url: string;
  close(): Promise<void>;
}

const PLENTY = 1_000_000_000;

/**
 * Starts a router that serves any supergraph to everybody: the one who starts it has said so. What keeps a stranger from
 * costing too much is kept; what counts requests per client is not, as nobody is told from anybody.
 * @throws what `createRouter` throws, and the error of reading or composing the supergraph
 */
export async function startAlone(given: RouterArguments, log: Log): Promise<RunningRouter> {
  const { subgraphUrls, host, port } = given;
  const transports = new Map<string, SubgraphTransport>();
  /** Transports that are new in the supergraph; those that are there keep their connections. */
  const transportsFor = (supergraphSdl: string): Record<string, SubgraphTransport> => {
    const added: Record<string, SubgraphTransport> = {};
    for (const { name, url } of subgraphsIn(supergraphSdl)) {
      const urls = subgraphUrls.get(name) ?? [url];
      const key = `${name} ${urls.join(' ')}`;
      const transport = transports.get(key) ?? overHttp({ name, urls });
      transports.set(key, transport);
      added[name] = transport;
    }
    return added;
  };
  const source = await openSupergraph(given, log);
  const router = await createRouter({
    supergraphSdl: source.supergraphSdl,
    subgraphs: transportsFor(source.supergraphSdl),
    isOpen: true,
    authenticate: async () => anonymous,
    wakeUps: silentWakeUps,
    limits: createLimits({ anonymousCharacters: PLENTY }),
    log,
    metrics: createMetrics(),
    settings: {
      budgets: {
        user: { requestsPerMinute: PLENTY, costPerMinute: PLENTY },
        stranger: { requestsPerMinute: PLENTY, costPerMinute: PLENTY },
      },
      cost: { maxCost: PLENTY },
    },
  });
  const stopWatching = source.watch((supergraphSdl) => {
    try {
      router.replaceSupergraph(supergraphSdl, transportsFor(supergraphSdl));
    } catch {
      // Told in the log where it was refused; what was served is served on.
    }
  });
  return {
    url: await router.listen({ host, port }),
    async close() {
      await stopWatching();
      await router.close();
      await Promise.all([...transports.values()].map((transport) => transport.close()));
    },
  };
}

/** Nobody wakes a router that stands alone: subscriptions read again by themselves. */
const silentWakeUps: WakeUps = {
  listen: () => () => undefined,
  announce: async () => undefined,
  isConnected: () => true,
  close: async () => undefined,
};
