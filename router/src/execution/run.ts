import type { GraphQLFormattedError } from 'graphql';
import type { Caller } from '../operations/operation.ts';

export type JsonObject = Record<string, unknown>;

/** Where something is in the answer of the plan: keys and indices from the root. */
export type PlanPath = readonly (string | number)[];

/** One execution of a plan: what it gathers, and what it needs to. */
export interface Run {
  /** What the subgraphs have given so far, under the keys of the plan. */
  readonly data: JsonObject;
  /** As the client sent them. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** Values of the variables in `@skip` and `@include`, defaults included. */
  readonly conditions: Readonly<Record<string, unknown>>;
  /** See absentKeys.ts. */
  readonly absent: ReadonlySet<string>;
  readonly caller: Caller;
  /** Masked, with paths of the plan. */
  readonly errors: GraphQLFormattedError[];
}

/** A part of a plan, compiled. Undefined when it had nothing to wait for. Rejects for faults of our own only. */
export type Step = (run: Run) => Promise<void> | undefined;

/** Beyond it, errors of one answer are dropped: a long list of broken entities must not become a longer one. */
export const ERRORS_AT_MOST = 500;

export function addError(run: Run, error: GraphQLFormattedError): void {
  if (run.errors.length < ERRORS_AT_MOST) run.errors.push(error);
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
