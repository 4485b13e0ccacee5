import { GraphQLError, validate } from 'graphql';
import type { DocumentNode, GraphQLSchema } from 'graphql';
import type { Log } from '@opsconductor/telemetry';
import { createAuthoriser } from '../authorisation/authorise.ts';
import type { Authoriser, AuthorisationMode } from '../authorisation/authorise.ts';
import type { Policies } from '../authorisation/policies.ts';
import { assertEnforceable, readRequirements } from '../authorisation/requirements.ts';
import { createVisibleSchema } from '../authorisation/visibleSchema.ts';
import { readCostModel } from '../cost/costModel.ts';
import { createCosts } from '../cost/costs.ts';
import type { Costs, CostSettings } from '../cost/costs.ts';
import { createSubgraphCall } from '../execution/callSubgraph.ts';
import type { CallSubgraph } from '../execution/callSubgraph.ts';
import { compileOperation } from '../execution/compileOperation.ts';
import type { CompiledOperation } from '../execution/compileOperation.ts';
import { createTypeConditions } from '../execution/typeConditions.ts';
import { validationRules } from '../limits/validationRules.ts';
import { readLiveFields } from '../live/liveFields.ts';
import type { LiveField } from '../live/liveFields.ts';
import type { RouterMetrics } from '../metrics.ts';
import { loadSupergraph, UnusableSupergraph } from '../planning/supergraph.ts';
import type { SubgraphTransport } from '../transports/transport.ts';

/** The supergraph, loaded: what it offers to clients, and what runs operations on it. It never changes. */
export interface Graph {
  /** The API schema: what clients see. */
  readonly schema: GraphQLSchema;
  /** Whether everybody may read the schema. */
  readonly isSchemaPublic: boolean;
  /** The Subscription fields by name. */
  readonly fields: ReadonlyMap<string, LiveField>;
  readonly costs: Costs;
  /** The subgraphs that it is made of. */
  readonly subgraphs: ReadonlyMap<string, SubgraphTransport>;
  /** What of the document does not fit the API schema. Remembered for as long as the document is. */
  validate(document: DocumentNode): readonly GraphQLError[];
  readonly authoriser: Authoriser;
  /**
   * Plans and compiles a valid operation, once for as long as the document is kept: pass the same object for the same text.
   * @throws Error the subgraphs have no way to what it asks
   */
  compile(document: DocumentNode, operationName: string | undefined): CompiledOperation;
}

export interface AuthorisationSettings {
  readonly mode: AuthorisationMode;
  /** Whether errors say what would have been needed. */
  readonly reportMissing: boolean;
}

export interface GraphOptions {
  readonly supergraphSdl: string;
  /** By the name that the supergraph gives each subgraph. */
  readonly subgraphs: Readonly<Record<string, SubgraphTransport>>;
  /**
   * Any supergraph is served: root fields without a requirement to everybody, and subscriptions without `@live` to nobody.
   * Requirements that it has are enforced all the same, but the schema may be read by everybody. Default false.
   */
  readonly isOpen?: boolean;
  readonly cost: CostSettings;
  /** What `@policy` names. One that is not here says no. */
  readonly policies?: Policies;
  readonly authorisation?: AuthorisationSettings;
  readonly log: Log;
  readonly metrics: RouterMetrics;
}

const MAX_VALIDATION_ERRORS = 10;

/**
 * @throws {UnusableSupergraph} the document is no supergraph, or names a subgraph that there is no way to
 * @throws {UnenforceableSupergraph} the supergraph asks for protection that this router does not give
 * @throws {UnservableSubscription} a Subscription field is not the live twin of a Query field
 */
export function loadGraph(options: GraphOptions): Graph {
  const { supergraphSdl, subgraphs, isOpen = false, cost, policies = {}, authorisation, log, metrics } = options;
  assertEnforceable(supergraphSdl, { isOpen });
  const supergraph = loadSupergraph(supergraphSdl);
  const { schema } = supergraph;
  const requirements = readRequirements(supergraphSdl);
  const calls = new Map<string, CallSubgraph>();
  const transports = new Map<string, SubgraphTransport>();
  for (const { name } of supergraph.subgraphs) {
    const transport = subgraphs[name];
    if (!transport)
      throw new UnusableSupergraph(`The supergraph names a subgraph "${name}" that the router has no address of.`);
    transports.set(name, transport);
    calls.set(name, createSubgraphCall(name, transport, { log, metrics }));
  }
  const compiling = {
    supergraph,
    visibleSchema: createVisibleSchema(schema, requirements),
    log,
    isOfType: createTypeConditions(supergraph.fullSchema),
    subgraph: (name: string) => calls.get(name) as CallSubgraph,
  };
  const errors = new WeakMap<DocumentNode, readonly GraphQLError[]>();
  const compiled = new WeakMap<DocumentNode, Map<string | undefined, CompiledOperation>>();
  return {
    schema,
    isSchemaPublic: isOpen,
    subgraphs: transports,
    costs: createCosts(schema, readCostModel(supergraphSdl), cost),
    fields: readLiveFields(supergraphSdl, { isOpen }),
    authoriser: createAuthoriser({ schema, requirements, isSchemaPublic: isOpen, policies, log, ...authorisation }),

    validate(document) {
      const known = errors.get(document);
      if (known) return known;
      const found = validate(schema, document, validationRules, { maxErrors: MAX_VALIDATION_ERRORS }).map(asInvalid);
      errors.set(document, found);
      return found;
    },

    compile(document, operationName) {
      const byName = compiled.get(document) ?? new Map<string | undefined, CompiledOperation>();
      compiled.set(document, byName);
      const known = byName.get(operationName);
      metrics.planCache.inc({ result: known ? 'hit' : 'miss' });
      if (known) return known;
      const planned = metrics.planDuration.startTimer();
      const operation = compileOperation(document, operationName, compiling);
      planned();
      byName.set(operationName, operation);
      return operation;
    },
  };
}

function asInvalid({ message, nodes }: GraphQLError): GraphQLError {
  return new GraphQLError(message, { nodes: nodes ?? null, extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } });
}
