import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { IntrospectAndCompose, RemoteGraphQLDataSource } from '@apollo/gateway';
import type { Log } from '@opsconductor/telemetry';
import type { RouterArguments } from './arguments.ts';

/** Where a supergraph comes from, and comes again when it changes. */
export interface SupergraphSource {
  readonly supergraphSdl: string;
  /** @returns a function that ends it */
  watch(onChange: (supergraphSdl: string) => void): () => Promise<void>;
}

const POLL_MS = 1_000;
const COMPOSE_MS = 10_000;

/** @throws the error of reading the file, or of composing the subgraphs */
export async function openSupergraph(
  { supergraphFile, subgraphUrls }: RouterArguments,
  log: Log,
): Promise<SupergraphSource> {
  return supergraphFile === undefined ? composed(subgraphUrls, log) : fromFile(supergraphFile, log);
}

/** Looked at every second, not watched: editors and mounted volumes replace files in many ways. */
function fromFile(file: string, log: Log): SupergraphSource {
  return {
    supergraphSdl: readFileSync(file, 'utf8'),
    watch(onChange) {
      const look = (): void => {
        try {
          onChange(readFileSync(file, 'utf8'));
        } catch (error) {
          log.error({ err: error, file }, 'supergraph.unreadable');
        }
      };
      watchFile(file, { interval: POLL_MS }, look);
      return async () => unwatchFile(file, look);
    },
  };
}

/** Asks the subgraphs for their SDL, again and again, and composes what they say. */
async function composed(subgraphUrls: RouterArguments['subgraphUrls'], log: Log): Promise<SupergraphSource> {
  const subgraphs = [...subgraphUrls].map(([name, [url = '']]) => ({ name, url }));
  const logger = {
    debug: () => undefined,
    info: () => undefined,
    warn: (reason: unknown) => log.warn({ reason: String(reason) }, 'composition.said'),
    error: (reason: unknown) => log.error({ reason: String(reason) }, 'composition.failed'),
  };
  const manager = new IntrospectAndCompose({ subgraphs, pollIntervalInMs: COMPOSE_MS, logger });
  let listener: (supergraphSdl: string) => void = () => undefined;
  const { supergraphSdl, cleanup } = await manager.initialize({
    update: (changed) => listener(changed),
    healthCheck: async () => undefined,
    getDataSource: ({ url }) => new RemoteGraphQLDataSource({ url: url ?? '' }),
  });
  return {
    supergraphSdl,
    watch(onChange) {
      listener = onChange;
      return cleanup;
    },
  };
}
