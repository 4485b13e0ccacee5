/**
 * A composed supergraph, loaded for planning: what clients may ask, and how it is answered from the subgraphs. The plans
 * are Apollo's; what its planner gets wrong is put right around it (see docs/decisions/0010).
 */
import { ROUTER_SUPPORTED_SUPERGRAPH_FEATURES, Supergraph } from '@apollo/federation-internals';
import type { Schema } from '@apollo/federation-internals';
import { QueryPlanner } from '@apollo/query-planner';
import { GraphQLError, parse } from 'graphql';
import type { DocumentNode, GraphQLSchema } from 'graphql';
import { readRequiredFields } from './requiredFields.ts';
import type { RequiredFields } from './requiredFields.ts';
import { withoutShadowedKeys } from './shadowedKeys.ts';

export interface LoadedSupergraph {
  /** The API schema: what clients see. */
  readonly schema: GraphQLSchema;
  /** All types of all subgraphs, the inaccessible ones too: what subgraphs speak of. */
  readonly fullSchema: GraphQLSchema;
  /** Names and addresses of the subgraphs, as they were composed. */
  readonly subgraphs: readonly { readonly name: string; readonly url: string }[];
  readonly planner: QueryPlanner;
  /** The API schema as the planner wants it. */
  readonly plannedSchema: Schema;
  readonly requiredFields: RequiredFields;
  /** Names of all fields of all types: what an alias of the router must not be. */
  readonly fieldNames: ReadonlySet<string>;
}

/** The document is no supergraph that this router can serve. */
export class UnusableSupergraph extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UnusableSupergraph';
  }
}

/**
 * @param supergraphSdl composed by Federation 2.0 to 2.14
 * @throws {UnusableSupergraph}
 */
export function loadSupergraph(supergraphSdl: string): LoadedSupergraph {
  try {
    return load(parse(supergraphSdl, { noLocation: true }));
  } catch (error) {
    if (error instanceof UnusableSupergraph) throw error;
    throw new UnusableSupergraph(`The supergraph cannot be loaded: ${reasonOf(error)}`, { cause: error });
  }
}

/** Contexts need arguments that differ from entity to entity, and connectors are fetches without a subgraph. */
const supportedFeatures = new Set(
  [...ROUTER_SUPPORTED_SUPERGRAPH_FEATURES].filter((url) => !/\/(context|connect)\/v/.test(url)),
);

/**
 * The subgraphs that a supergraph names, with their addresses.
 * @throws {UnusableSupergraph}
 */
export function subgraphsIn(supergraphSdl: string): LoadedSupergraph['subgraphs'] {
  return loadSupergraph(supergraphSdl).subgraphs;
}

function load(document: DocumentNode): LoadedSupergraph {
  const supergraph = Supergraph.build(withoutShadowedKeys(document), { supportedFeatures });
  const plannedSchema = supergraph.apiSchema();
  const requiredFields = readRequiredFields(document);
  return {
    schema: plannedSchema.toGraphQLJSSchema(),
    fullSchema: supergraph.schema.toGraphQLJSSchema(),
    subgraphs: supergraph.subgraphsMetadata(),
    planner: new QueryPlanner(supergraph),
    plannedSchema,
    requiredFields,
    fieldNames: fieldNamesIn(document),
  };
}

function fieldNamesIn({ definitions }: DocumentNode): ReadonlySet<string> {
  const names = new Set<string>();
  for (const definition of definitions)
    if ('fields' in definition) for (const { name } of definition.fields ?? []) names.add(name.value);
  return names;
}

/** Faults of a document come in one error with causes, or as GraphQL errors. */
function reasonOf(error: unknown): string {
  if (error instanceof GraphQLError) return error.message;
  return error instanceof Error ? error.message : String(error);
}
