import { Pool } from 'undici';
import { Circuit } from './circuit.ts';
import type { CircuitSettings } from './circuit.ts';
import { SubgraphUnavailable } from './transport.ts';

/** One of the addresses of a subgraph, with its connections. */
export interface Endpoint {
  readonly path: string;
  readonly pool: Pool;
  readonly circuit: Circuit;
  running: number;
}

export interface EndpointSettings {
  readonly maxConnections: number;
  readonly connectMs: number;
  readonly requestMs: number;
  readonly maxResponseBytes: number;
  readonly circuit: CircuitSettings;
  readonly now: () => number;
}

const KEEP_ALIVE_MS = 30_000;

/** @param url of the graph itself, as `http://127.0.0.1:4001/graphql` */
export function createEndpoint(url: string, settings: EndpointSettings): Endpoint {
  const { origin, pathname, search } = new URL(url);
  const pool = new Pool(origin, {
    connections: settings.maxConnections,
    connect: { timeout: settings.connectMs },
    headersTimeout: settings.requestMs,
    bodyTimeout: settings.requestMs,
    maxResponseSize: settings.maxResponseBytes,
    keepAliveTimeout: KEEP_ALIVE_MS,
  });
  return { path: pathname + search, pool, circuit: new Circuit(settings.circuit, settings.now), running: 0 };
}

/**
 * The address with the fewest calls, of those whose circuits let one through; another than `tried` if there is one.
 * @throws {SubgraphUnavailable} none does
 */
export function chooseEndpoint(endpoints: readonly Endpoint[], turn: number, tried?: Endpoint): Endpoint {
  let chosen: Endpoint | undefined;
  for (let offset = 0; offset < endpoints.length; offset += 1) {
    const candidate = endpoints[(turn + offset) % endpoints.length] as Endpoint;
    if (!candidate.circuit.isUsable) continue;
    if (!chosen || isBetter(candidate, chosen, tried)) chosen = candidate;
  }
  if (!chosen) throw new SubgraphUnavailable('the circuit is open: it has failed too often');
  return chosen;
}

function isBetter(candidate: Endpoint, chosen: Endpoint, tried: Endpoint | undefined): boolean {
  if (chosen === tried) return true;
  return candidate !== tried && candidate.running < chosen.running;
}
