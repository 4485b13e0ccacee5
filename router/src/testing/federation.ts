/** Supergraphs of a test's own: subgraphs in-process, each with its resolvers, behind the router's way of an operation. */
import { composeServices } from '@apollo/composition';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { anonymous } from '@opsconductor/authz';
import type { Viewer } from '@opsconductor/authz';
import { createMetrics } from '@opsconductor/telemetry';
import type { Log } from '@opsconductor/telemetry';
import { graphql, parse } from 'graphql';
import type { GraphQLFormattedError } from 'graphql';
import { createGraphs } from '../graph/graphs.ts';
import type { Graphs } from '../graph/graphs.ts';
import { createLimits } from '../limits/limits.ts';
import { createRouterMetrics } from '../metrics.ts';
import { createOperations } from '../operations/operations.ts';
import { resolveSettings } from '../settings.ts';
import { inProcess } from '../transports/inProcess.ts';
import type { SubgraphRequest, SubgraphResponse, SubgraphTransport } from '../transports/transport.ts';

export interface SubgraphOfTest {
  readonly sdl: string;
  readonly resolvers?: object;
  /** Takes the place of the resolvers: a subgraph that lies. */
  readonly answer?: (request: SubgraphRequest) => unknown;
}

export interface Question {
  readonly variables?: Record<string, unknown>;
  readonly operationName?: string;
  readonly viewer?: Viewer;
  readonly signal?: AbortSignal;
}

export interface Told {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a test looks into it as it likes
  readonly data?: any;
  readonly errors?: readonly GraphQLFormattedError[];
}

export interface Federation {
  readonly supergraphSdl: string;
  readonly graphs: Graphs;
  /** Calls of subgraphs so far. */
  readonly calls: { readonly subgraph: string; readonly request: SubgraphRequest }[];
  /** Lines of the log so far, by event. */
  readonly logged: { readonly event: string; readonly fields: Record<string, unknown> }[];
  ask(query: string, question?: Question): Promise<Told>;
}

const plenty = 1_000_000;
const withoutLimits = createLimits({
  ...{ tokens: plenty, depth: plenty, aliases: plenty, directives: plenty, rootFields: plenty, fields: plenty },
  anonymousCharacters: plenty,
});

const version = 'https://specs.apollo.dev/federation/v2.12';
const imports = [
  ...['@key', '@requires', '@provides', '@external', '@shareable', '@override', '@inaccessible', '@interfaceObject'],
  ...['@tag', '@authenticated', '@requiresScopes'],
];
const link = `extend schema @link(url: "${version}", import: ${JSON.stringify(imports)})\n`;

/** @param subgraphs SDL without the `@link` of the federation specification */
export function composeSubgraphs(subgraphs: Readonly<Record<string, { readonly sdl: string }>>): string {
  const services = Object.entries(subgraphs).map(([name, { sdl }]) => ({
    name,
    url: `http://${name}.test`,
    typeDefs: parse(link + sdl),
  }));
  const { supergraphSdl, errors } = composeServices(services);
  if (!supergraphSdl) throw new Error(`The subgraphs do not compose: ${errors?.join('\n')}`);
  return supergraphSdl;
}

export function givenFederation(subgraphs: Readonly<Record<string, SubgraphOfTest>>): Federation {
  const supergraphSdl = composeSubgraphs(subgraphs);
  const calls: Federation['calls'] = [];
  const transports = Object.fromEntries(
    Object.entries(subgraphs).map(([name, subgraph]) => [name, transportTo(name, subgraph, calls)]),
  );
  const logged: Federation['logged'] = [];
  const log = recordingLog(logged);
  const metrics = createRouterMetrics(createMetrics());
  const graphs = createGraphs({
    supergraphSdl,
    subgraphs: transports,
    isOpen: true,
    cost: { ...resolveSettings().cost, maxCost: Infinity },
    log,
    metrics,
  });
  const operations = createOperations({ graphs, limits: withoutLimits, operationSeconds: 10, metrics, log });
  return {
    supergraphSdl,
    graphs,
    calls,
    logged,
    async ask(query, { viewer = anonymous, signal = new AbortController().signal, ...request } = {}) {
      const caller = { viewer, requestId: 'r1', signal };
      try {
        const result = await operations.execute(operations.prepare({ query, ...request }, viewer), caller);
        return JSON.parse(JSON.stringify(result)) as Told;
      } catch (error) {
        return operations.present(error, caller);
      }
    },
  };
}

function transportTo(
  name: string,
  { sdl, resolvers = {}, answer }: SubgraphOfTest,
  calls: Federation['calls'],
): SubgraphTransport {
  const schema = buildSubgraphSchema([{ typeDefs: parse(link + sdl), resolvers: resolvers as never }]);
  return inProcess({
    async execute(request) {
      calls.push({ subgraph: name, request });
      if (answer) return answer(request);
      const { query, variables, operationName } = request;
      const variableValues = JSON.parse(JSON.stringify(variables ?? {})) as Record<string, unknown>;
      const result = await graphql({ schema, source: query, variableValues, operationName: operationName ?? null });
      return JSON.parse(JSON.stringify(result)) as SubgraphResponse;
    },
  });
}

function recordingLog(logged: Federation['logged']): Log {
  const write = (fields: Record<string, unknown>, event: string) => void logged.push({ event, fields });
  return { debug: write, info: write, warn: write, error: write } as unknown as Log;
}
