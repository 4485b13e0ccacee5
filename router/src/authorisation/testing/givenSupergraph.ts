import { composeServices } from '@apollo/composition';
import { anonymous } from '@opsconductor/authz';
import type { Permission, UserViewer, Viewer } from '@opsconductor/authz';
import { execute, parse, print, validate } from 'graphql';
import type { DocumentNode, ExecutionResult, GraphQLError, GraphQLSchema } from 'graphql';
import { createAuthoriser } from '../authorise.ts';
import type { Answer, Authorise, AuthoriserOptions } from '../authorise.ts';
import { readRequirements } from '../requirements.ts';
import type { Requirements } from '../requirements.ts';

const LINK = `extend schema @link(
  url: "https://specs.apollo.dev/federation/v2.12"
  import: ["@key", "@shareable", "@authenticated", "@requiresScopes", "@policy", "@tag", "@interfaceObject", "@external", "@requires"]
)`;

/** Composes subgraphs, each without its `@link`, as the product does. */
export function compose(...subgraphs: string[]): { sdl: string; schema: GraphQLSchema; requirements: Requirements } {
  return composeLinked(...subgraphs.map((sdl) => `${LINK}\n${sdl}`));
}

/** Composes subgraphs that bring their own `@link`. */
export function composeLinked(...subgraphs: string[]) {
  const { errors, schema, supergraphSdl } = composeServices(
    subgraphs.map((sdl, index) => ({ name: `s${index}`, url: '', typeDefs: parse(sdl) })),
  );
  if (errors || !schema || !supergraphSdl) throw new AggregateError(errors ?? [], String(errors?.join('\n')));
  const apiSchema = schema.toAPISchema().toGraphQLJSSchema();
  return { sdl: supergraphSdl, schema: apiSchema, requirements: readRequirements(supergraphSdl) };
}

/** Somebody who is signed in and holds these permissions. */
export function userWith(...permissions: Permission[]): UserViewer {
  return {
    kind: 'user',
    userId: 'user-1',
    sessionId: 'session-1',
    permissions: new Set(permissions),
    expiresAt: new Date(8_640_000_000_000_000),
  };
}

export { anonymous };

/** What became of an operation, in a form that is easy to compare. */
export interface Outcome {
  readonly kind: 'allowed' | 'filtered' | 'rejected';
  /** What was executed, on one line; null when nothing was. */
  readonly executed: string | null;
  readonly data: unknown;
  /** Paths of the errors, dotted. */
  readonly refused: readonly string[];
  readonly errors: readonly GraphQLError[];
}

export interface Question {
  readonly variables?: Record<string, unknown>;
  readonly operationName?: string;
  readonly reportMissing?: boolean;
}

/** A supergraph whose every field answers from `data`: objects of abstract types say their `__typename`. */
export function givenSupergraph(sdl: string, data: Record<string, unknown>) {
  const { schema, requirements } = compose(sdl);
  const authorisers = [true, false].map(
    (reportMissing) => createAuthoriser({ schema, requirements, reportMissing }).authorise,
  );

  return function ask(viewer: Viewer, source: string, question: Question = {}): Outcome {
    const { variables = {}, operationName, reportMissing = true } = question;
    const document = parse(source);
    requireValid(schema, document);
    const authorise = authorisers[reportMissing ? 0 : 1] as Authorise;
    const decision = authorise({ document, operationName, variables, viewer });
    const run = (executed: DocumentNode): Answer =>
      execute({ schema, document: executed, rootValue: data, variableValues: variables, operationName }) as Answer;
    if (decision.kind === 'rejected') return outcome('rejected', null, { errors: decision.errors });
    if (decision.kind === 'allowed') return outcome('allowed', document, run(document));
    if (!decision.document) return outcome('filtered', null, decision.complete());
    requireValid(schema, decision.document);
    return outcome('filtered', decision.document, decision.complete(run(decision.document)));
  };
}

export type { AuthoriserOptions };

export function requireValid(schema: GraphQLSchema, document: DocumentNode): void {
  const errors = validate(schema, document);
  if (errors.length > 0) throw new AggregateError(errors, `${errors.join('\n')}\n\n${print(document)}`);
}

function outcome(kind: Outcome['kind'], executed: DocumentNode | null, answer: Answer | ExecutionResult): Outcome {
  const errors = answer.errors ?? [];
  return {
    kind,
    executed: executed && oneLine(print(executed)),
    data: answer.data === undefined ? undefined : JSON.parse(JSON.stringify(answer.data)),
    refused: errors.map(({ path }) => path?.join('.') ?? ''),
    errors,
  };
}

export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
