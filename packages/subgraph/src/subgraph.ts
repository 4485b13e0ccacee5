import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginInlineTraceDisabled } from '@apollo/server/plugin/disabled';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { execute as executeDocument } from 'graphql';
import type { DocumentNode, GraphQLSchema } from 'graphql';
import { startSpan } from '@opsconductor/telemetry';
import type { Log } from '@opsconductor/telemetry';
import type { SubgraphCall, SubgraphRequest, SubgraphResponse } from './call.ts';
import { formatError } from './errors.ts';
import { DateTime } from './scalars.ts';
import { createKnownDocuments } from './knownDocuments.ts';
import { readSdl } from './sdl.ts';
import { shieldFromDirectives } from './shield.ts';

/** A domain of the graph, callable in-process and over HTTP in the same way. */
export interface Subgraph {
  readonly name: string;
  readonly schema: GraphQLSchema;
  /** Never throws for what the request or a resolver does: that is in `errors`, masked. */
  execute(request: SubgraphRequest, call: SubgraphCall): Promise<SubgraphResponse>;
  stop(): Promise<void>;
}

export interface SubgraphOptions<Context extends object> {
  /** Name of the domain: its SDL is `schema/<name>.graphql`. */
  readonly name: string;
  readonly resolvers: object;
  /** Builds the context of one request: a plain object with `viewer` and the request's loaders. */
  readonly createContext: (call: SubgraphCall) => Context;
  readonly log: Log;
}

export async function createSubgraph<Context extends { viewer: SubgraphCall['viewer'] }>({
  name,
  resolvers,
  createContext,
  log,
}: SubgraphOptions<Context>): Promise<Subgraph> {
  const schema = shieldFromDirectives(
    buildSubgraphSchema([{ typeDefs: readSdl(name), resolvers: { DateTime, ...resolvers } as never }]),
  );
  const server = new ApolloServer<Context & { requestLog: Log }>({
    schema,
    introspection: false,
    plugins: [ApolloServerPluginInlineTraceDisabled()],
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    logger: log,
    formatError: (formatted, thrown) => formatError(formatted, thrown, log),
  });
  await server.start();
  const documents = createKnownDocuments(schema);
  return {
    name,
    schema,
    async execute(request, call) {
      const span = startSpan('subgraph.resolve', 'server', call.traceparent, { subgraph: name });
      try {
        const contextValue = createContext(call) as Context & { requestLog: Log };
        const document = documents.find(request.query);
        const answer = document && (await executeKnown(schema, document, request, contextValue, log));
        return answer ?? (await execute(server, request, contextValue));
      } finally {
        span.end();
      }
    },
    stop: () => server.stop(),
  };
}

/**
 * The short way: a document that has been parsed and validated before goes straight to graphql-js.
 * @returns undefined when nothing was executed (the variables do not fit, say), which is for the full way to tell
 */
async function executeKnown(
  schema: GraphQLSchema,
  document: DocumentNode,
  { variables, operationName }: SubgraphRequest,
  contextValue: object,
  log: Log,
): Promise<SubgraphResponse | undefined> {
  const { data, errors } = await executeDocument({
    schema,
    document,
    contextValue,
    ...(variables && { variableValues: variables }),
    ...(operationName !== undefined && { operationName }),
  });
  if (data === undefined) return undefined;
  return errors ? { data, errors: errors.map((error) => formatError(error.toJSON(), error, log)) } : { data };
}

/** The full way, through Apollo Server: parsing, validation, and what it says of requests that are wrong. */
async function execute<Context extends object>(
  server: ApolloServer<Context>,
  { query, variables, operationName }: SubgraphRequest,
  contextValue: Context,
): Promise<SubgraphResponse> {
  const { body } = await server.executeOperation(
    { query, ...(variables && { variables }), ...(operationName && { operationName }) },
    { contextValue },
  );
  if (body.kind !== 'single') throw new Error('A subgraph gave an incremental result, which it was not asked for.');
  return body.singleResult;
}
