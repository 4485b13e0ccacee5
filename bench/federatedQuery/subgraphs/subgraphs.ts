/** Four subgraphs, shaped like the product's: plain graphql-js over data in memory. */
import { buildSubgraphSchema } from '@apollo/subgraph';
import { execute as executeDocument, parse, validate } from 'graphql';
import type { DocumentNode, ExecutionResult } from 'graphql';
import * as audit from './audit.ts';
import * as executions from './executions.ts';
import * as targets from './targets.ts';
import * as users from './users.ts';

const domains = { users, targets, executions, audit };
const link = `extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.12", import: ["@key", "@requiresScopes"])`;

export const names = Object.keys(domains) as (keyof typeof domains)[];

/**
 * The SDL of a subgraph.
 * @param isProtected false leaves out what a viewer needs: the stock gateway refuses to load it
 */
export function sdlOf(name: keyof typeof domains, isProtected: boolean): string {
  const sdl = `${link}\n${domains[name].typeDefs}`;
  return isProtected ? sdl : sdl.replaceAll(/ @requiresScopes\(.*?\)/g, '');
}

export interface GraphqlRequest {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
  readonly operationName?: string | undefined;
}

export interface Subgraph {
  execute(request: GraphqlRequest): Promise<ExecutionResult>;
}

export function createSubgraph(name: keyof typeof domains): Subgraph {
  const { resolvers } = domains[name];
  const schema = buildSubgraphSchema([{ typeDefs: parse(sdlOf(name, true)), resolvers: resolvers as never }]);
  const checked = new Map<string, DocumentNode>();
  const check = (query: string): DocumentNode => {
    const document = parse(query);
    const errors = validate(schema, document);
    if (errors[0]) throw errors[0];
    checked.set(query, document);
    return document;
  };
  return {
    execute: async ({ query, variables, operationName }) =>
      executeDocument({
        schema,
        document: checked.get(query) ?? check(query),
        variableValues: variables ?? null,
        operationName: operationName ?? null,
      }),
  };
}
