/**
 * May this viewer ask this? Answered before planning: what the viewer may not have is taken out of the operation, so it
 * is never fetched, and put back as null with an error once the rest has been answered. The rules are in SPEC.md.
 */
import type { Viewer } from '@opsconductor/authz';
import type { Log } from '@opsconductor/telemetry';
import { GraphQLError, OperationTypeNode } from 'graphql';
import type { DocumentNode, GraphQLSchema } from 'graphql';
import { completeData } from './completeData.ts';
import { explainOperation } from './explain.ts';
import type { Explanation } from './explain.ts';
import type { FilteredOperation } from './filterOperation.ts';
import type { GuardedOperation } from './guards.ts';
import { askPolicies } from './policies.ts';
import type { Policies, Verdicts } from './policies.ts';
import { createPreparedOperations } from './preparedOperations.ts';
import type { PreparedOperations } from './preparedOperations.ts';
import type { Requirements } from './readRequirements.ts';
import { createRefusals } from './refusals.ts';
import type { Refusals } from './refusals.ts';
import { refusedFields } from './rejection.ts';
import { isMet } from './requirement.ts';
import { selectFields, withDefaults } from './selectedFields.ts';
import type { Selecting } from './selectedFields.ts';

export interface AuthoriserOptions {
  /** The API schema: what clients see. */
  readonly schema: GraphQLSchema;
  readonly requirements: Requirements;
  /** Whether errors say in `extensions.missing` what would have been needed. Default true. */
  readonly reportMissing?: boolean;
  /** What becomes of an operation of which something is refused. Default `filter`. */
  readonly mode?: AuthorisationMode;
  /** What `@policy` names. */
  readonly policies?: Policies;
  readonly log?: Log;
  /** Whether `__schema` and `__type` need nothing. Default false. */
  readonly isSchemaPublic?: boolean;
}

/**
 * `filter`: it is run without what is refused. `reject`: it is not run. `dryRun`: it is run as it is, and what would have
 * been refused is told beside the answer; for the days after a supergraph has been given its first requirements.
 */
export type AuthorisationMode = 'filter' | 'reject' | 'dryRun';

/** One operation of a document that is valid against the API schema, asked by somebody. */
export interface OperationRequest {
  /** Analysed once and remembered by identity: pass the same object for the same text. */
  readonly document: DocumentNode;
  readonly operationName?: string | null | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
  readonly viewer: Viewer;
  /** The client would rather have nothing than a part. */
  readonly isAllOrNothing?: boolean;
  /** What `askPolicies` gave; without it, policies say no. */
  readonly verdicts?: Verdicts | undefined;
}

export type Authorisation = Allowed | Filtered | Rejected;

/** Nothing is refused: execute the document as it is. */
export interface Allowed {
  readonly kind: 'allowed';
  /** In a dry run, what would have been refused. */
  readonly dryRun?: { readonly errors: readonly GraphQLError[]; readonly refused: readonly string[] };
}

/** A part is refused: execute `document` with the same variables and give the answer to `complete`. */
export interface Filtered {
  readonly kind: 'filtered';
  /**
   * What is left: a valid document with this one operation (same name), the same object for every viewer who is refused
   * the same. Null when nothing is left to execute: then call `complete()` without an answer.
   */
  readonly document: DocumentNode | null;
  /** What is refused: `Type.field`. */
  readonly refused: readonly string[];
  /**
   * Gives the answer that the client's own document expects: refused fields null (up to the nearest nullable ancestor),
   * the client's order of fields, one error for each refused field. `answer` is not changed.
   */
  complete<E = GraphQLError>(answer?: Answer<E>): Answer<E | GraphQLError>;
}

/** Nothing may be executed: answer with these errors and no data. */
export interface Rejected {
  readonly kind: 'rejected';
  readonly errors: readonly GraphQLError[];
  /** What is refused: `Type.field`. */
  readonly refused: readonly string[];
}

/** Result of an execution, as in the GraphQL specification, section 7.1. Without `data` nothing was executed. */
export interface Answer<E = GraphQLError> {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly E[];
  readonly extensions?: Record<string, unknown>;
}

export type Authorise = (request: OperationRequest) => Authorisation;

export interface Authoriser {
  readonly authorise: Authorise;
  /**
   * Asks the policies that stand in the way of an operation.
   * @param variables coerced
   * @returns undefined when there are none, which is the usual case and costs no turn of the event loop
   */
  askPolicies(
    request: Pick<OperationRequest, 'document' | 'operationName' | 'viewer'>,
    variables: Readonly<Record<string, unknown>>,
  ): Promise<Verdicts> | undefined;
  /** Who may run the operation. @returns null when the document has no such operation */
  explain(request: Pick<OperationRequest, 'document' | 'operationName' | 'viewer'>): Explanation | null;
}

export function createAuthoriser(options: AuthoriserOptions): Authoriser {
  const { schema, requirements, policies = {}, isSchemaPublic = false, log } = options;
  const operations = createPreparedOperations(schema, requirements, { isSchemaPublic });
  return {
    authorise: createAuthorise(operations, options),
    askPolicies({ document, operationName, viewer }, variables) {
      const guarded = operations.prepare(document, operationName)?.guarded;
      if (!guarded || guarded.policyPlaces.size === 0) return undefined;
      return askPolicies(guarded, viewer, variables, { policies, log });
    },
    explain({ document, operationName, viewer }) {
      const prepared = operations.prepare(document, operationName);
      return prepared && explainOperation(prepared.guarded, viewer);
    },
  };
}

function createAuthorise(
  operations: PreparedOperations,
  { schema, reportMissing = true, mode = 'filter' }: AuthoriserOptions,
): Authorise {
  return ({ document, operationName, variables, viewer, isAllOrNothing = false, verdicts }) => {
    const prepared = operations.prepare(document, operationName);
    if (!prepared) return { kind: 'rejected', errors: [noOperation()], refused: [] };
    const { guarded } = prepared;
    const unmet = guarded.requirements.filter(
      (requirement) => !isMet(requirement, viewer, (policy) => verdicts?.get(requirement)?.has(policy) ?? false),
    );
    if (unmet.length === 0) return allowed;

    const filtered = prepared.filter(unmet);
    const { fragments } = guarded;
    const values = withDefaults(guarded.operation, variables);
    const selecting = { schema, fragments, variables: values, refused: filtered.refused };
    const refusals = (): Refusals => createRefusals(viewer, reportMissing);
    const refused = filtered.coordinates;
    if (mode === 'dryRun' || mode === 'reject' || isAllOrNothing) {
      const all = refusals();
      refusedFields(guarded, selecting, all);
      const { errors } = all;
      if (errors.length > 0 && (mode === 'reject' || isAllOrNothing)) return { kind: 'rejected', errors, refused };
      return errors.length > 0 ? { kind: 'allowed', dryRun: { errors, refused } } : allowed;
    }
    const errors = hasRootsToRefuse(guarded) ? refusedRootFields(guarded, selecting, refusals()) : [];
    if (errors.length > 0) return { kind: 'rejected', errors, refused };
    const complete: Filtered['complete'] = (answer) => completeAnswer(answer, guarded, filtered, selecting, refusals());
    return { kind: 'filtered', document: filtered.document, refused, complete };
  };
}

const allowed: Allowed = { kind: 'allowed' };

/** A mutation must not be half done, and a subscription has one root field. */
function hasRootsToRefuse({ operation }: GuardedOperation): boolean {
  return operation.operation !== OperationTypeNode.QUERY;
}

function refusedRootFields(guarded: GuardedOperation, selecting: Selecting, refusals: Refusals) {
  const fields = selectFields(guarded.rootType, [guarded.operation.selectionSet], selecting);
  for (const [key, field] of fields) if (field.refusedNodes.length > 0) refusals.add([key], field);
  return refusals.errors;
}

function completeAnswer<E>(
  answer: Answer<E> | undefined,
  guarded: GuardedOperation,
  { document, changed }: FilteredOperation,
  selecting: Selecting,
  refusals: Refusals,
): Answer<E | GraphQLError> {
  if (!answer && document) throw new TypeError('The filtered document must be executed, and its answer given.');
  const { data = null, errors = [], extensions } = answer ?? { data: {} };
  // Without data nothing was executed, so there is nothing to complete.
  if (answer && answer.data === undefined) return answer;
  const { rootType, operation, typenameKey } = guarded;
  const completing = { ...selecting, changed, typenameKey, refusals };
  const completed = completeData(rootType, operation.selectionSet, data ?? {}, completing);
  const all = [...errors, ...refusals.errors];
  return {
    ...(all.length > 0 && { errors: all }),
    data: data === null ? null : completed,
    ...(extensions && { extensions }),
  };
}

function noOperation(): GraphQLError {
  const message = 'The document holds no operation of that name, or several and no name is given.';
  return new GraphQLError(message, { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } });
}
