/** An operation, planned and compiled: what runs it for any variables and any caller. */
import type { GraphQLCompositeType, GraphQLFormattedError } from 'graphql';
import { getOperationAST, Kind } from 'graphql';
import type { DocumentNode, OperationDefinitionNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Log } from '@opsconductor/telemetry';
import type { VisibleSchema } from '../authorisation/visibleSchema.ts';
import { INTERNAL_MESSAGE } from '../errors/codes.ts';
import type { Caller } from '../operations/operation.ts';
import { fragmentsOf } from '../planning/fragments.ts';
import { planOperation } from '../planning/planOperation.ts';
import type { LoadedSupergraph } from '../planning/supergraph.ts';
import { compileAbsentKeys } from './absentKeys.ts';
import { compileShapes } from './completion.ts';
import type { Fault, Shape } from './completion.ts';
import { toClientPaths } from './errorPaths.ts';
import { compileIntrospection } from './introspection.ts';
import { mergeInto } from './merge.ts';
import { compilePlan } from './plan.ts';
import type { PlanContext } from './plan.ts';
import type { JsonObject, PlanPath, Run, Step } from './run.ts';
import { collectFields, conditionVariables } from './selections.ts';

export interface Answer {
  readonly data: JsonObject | null;
  readonly errors?: readonly GraphQLFormattedError[];
}

export interface Variables {
  /** As the client sent them: what the subgraphs get. */
  readonly given: Readonly<Record<string, unknown>>;
  /** Coerced, with defaults. */
  readonly coerced: Readonly<Record<string, unknown>>;
}

export interface CompiledOperation {
  /** Rejects for faults of our own only. Errors are masked. */
  execute(variables: Variables, caller: Caller): Promise<Answer>;
}

export interface CompileOptions extends PlanContext {
  readonly supergraph: LoadedSupergraph;
  /** The part of the API schema that a viewer is shown. */
  readonly visibleSchema: VisibleSchema;
  readonly log: Log;
}

/** Sets of conditions of one operation whose shapes are kept. */
const KEPT_SHAPES = 32;

/**
 * @param document valid against the API schema
 * @throws Error there is no plan for it
 */
export function compileOperation(
  document: DocumentNode,
  operationName: string | undefined,
  options: CompileOptions,
): CompiledOperation {
  const { supergraph, log } = options;
  const { schema } = supergraph;
  const operation = getOperationAST(document, operationName) as OperationDefinitionNode;
  const { plans, planKeys } = planOperation(supergraph, document, operationName);
  const steps = plans.map((plan) => compilePlan(plan, options));
  const absentKeys = compileAbsentKeys(plans);
  const fragments = fragmentsOf(document);
  const introspect = compileIntrospection(
    { kind: Kind.DOCUMENT, definitions: [operation, ...fragments.values()] },
    schema,
  );
  const rootType = schema.getRootType(operation.operation) as GraphQLCompositeType;
  const conditionNames = conditionVariables(document);
  const kept = new LRUCache<string, Layout>({ max: KEPT_SHAPES });

  function layoutFor(coerced: Variables['coerced']): Layout {
    const key = conditionNames.map((name) => (coerced[name] === true ? '1' : '0')).join('');
    const known = kept.get(key);
    if (known) return known;
    const conditions = Object.fromEntries(conditionNames.map((name) => [name, coerced[name] === true]));
    const selecting = { schema, fragments, conditions, planKeys };
    const shape = compileShapes(rootType, [operation.selectionSet], selecting)({}) as Shape;
    const fields = collectFields(rootType, [operation.selectionSet], selecting);
    const asksSubgraphs = [...fields.values()].some(([node]) => !node?.name.value.startsWith('__'));
    const layout = { conditions, absent: absentKeys(conditions), shape, asksSubgraphs };
    kept.set(key, layout);
    return layout;
  }

  return {
    async execute({ given, coerced }, caller) {
      const layout = layoutFor(coerced);
      const { conditions, absent } = layout;
      const run: Run = { data: {}, variables: given, conditions, absent, caller, errors: [] };
      // The planner knows no way to anything that was asked for: not null, but an error.
      if (layout.asksSubgraphs && steps.every((step) => step === undefined)) {
        log.error({ requestId: caller.requestId, operationName }, 'plan.empty');
        return { data: null, errors: [internalAt([])] };
      }
      await runAll(steps, run);
      const introspection = introspect?.(coerced, options.visibleSchema(caller.viewer));
      const faults: Fault[] = [];
      const data = layout.shape.complete(run.data, { introspection: introspection?.data, faults, path: [] });
      const errors = [
        ...run.errors.flatMap((error) => atClientPaths(error, run.data, layout.shape)),
        ...(introspection?.errors ?? []).map((error) => ({ ...error.toJSON(), extensions: badInput })),
      ];
      for (const fault of faults) if (!isExplained(fault, errors)) errors.push(reportFault(fault, caller, log));
      return errors.length > 0 ? { data, errors } : { data };
    },
  };
}

interface Layout {
  readonly conditions: Readonly<Record<string, boolean>>;
  readonly absent: ReadonlySet<string>;
  readonly shape: Shape;
  readonly asksSubgraphs: boolean;
}

const badInput = { code: 'BAD_USER_INPUT' };

/** Several plans each have an answer of their own, so that none takes the required fields of another for its own. */
async function runAll(steps: readonly (Step | undefined)[], run: Run): Promise<void> {
  const [first, ...others] = steps;
  if (others.length === 0) return first?.(run);
  const runs = steps.map((_step, at): Run => (at === 0 ? run : { ...run, data: {} }));
  await Promise.all(steps.map(async (step, at) => step?.(runs[at] as Run)));
  for (const { data } of runs.slice(1)) mergeInto(run.data, data);
}

function atClientPaths(error: GraphQLFormattedError, data: JsonObject, shape: Shape): GraphQLFormattedError[] {
  return toClientPaths(error.path ?? [], data, shape).map((path) => ({ ...error, path }));
}

/** Some error says already why there is nothing here: it is about this place, a place in it, or something around it. */
function isExplained({ path }: Fault, errors: readonly GraphQLFormattedError[]): boolean {
  return errors.some(({ path: known = [] }) => isPrefix(known, path) || isPrefix(path, known));
}

function isPrefix(one: PlanPath, other: PlanPath): boolean {
  return one.length <= other.length && one.every((step, at) => step === other[at]);
}

function reportFault({ path, reason }: Fault, { requestId }: Caller, log: Log): GraphQLFormattedError {
  log.error({ requestId, path: path.join('.'), reason }, 'answer.invalid');
  return internalAt(path);
}

function internalAt(path: PlanPath): GraphQLFormattedError {
  return { message: INTERNAL_MESSAGE, path, extensions: { code: 'INTERNAL_SERVER_ERROR' } };
}
