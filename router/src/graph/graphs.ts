import type { Log } from '@opsconductor/telemetry';
import { loadGraph } from './graph.ts';
import type { Graph, GraphOptions } from './graph.ts';

/**
 * The graph that is served now. Take `current` once for an operation and stay with it: what has begun on a graph ends on
 * it, and the plans of a graph that nobody uses any more go with it.
 */
export interface Graphs {
  readonly current: Graph;
  /**
   * Serves another supergraph from now on. Subgraphs that are not named keep their transports.
   * @throws what `loadGraph` throws; then the graph that was served is served on
   */
  replace(supergraphSdl: string, subgraphs?: GraphOptions['subgraphs']): void;
  /** @returns a function that ends it */
  onReplaced(listener: (graph: Graph) => void): () => void;
}

/** @throws what `loadGraph` throws */
export function createGraphs(options: GraphOptions & { readonly log: Log }): Graphs {
  const { log } = options;
  let { subgraphs, supergraphSdl } = options;
  let current = loadGraph(options);
  const listeners = new Set<(graph: Graph) => void>();
  return {
    get current() {
      return current;
    },
    replace(replacement, added = {}) {
      if (replacement === supergraphSdl && Object.keys(added).length === 0) return;
      const all = { ...subgraphs, ...added };
      try {
        current = loadGraph({ ...options, supergraphSdl: replacement, subgraphs: all });
      } catch (error) {
        log.error({ err: error }, 'supergraph.refused');
        throw error;
      }
      supergraphSdl = replacement;
      subgraphs = all;
      log.info({}, 'supergraph.replaced');
      for (const listener of [...listeners]) listener(current);
    },
    onReplaced(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
