/** One call of a subgraph, as the plan wants it. */
import type { FetchNode } from '@apollo/query-planner';
import type { GraphQLFormattedError } from 'graphql';
import { INTERNAL_MESSAGE } from '../errors/codes.ts';
import type { CallSubgraph, SubgraphAnswer } from './callSubgraph.ts';
import { mergeInto } from './merge.ts';
import { compileRepresentations } from './representations.ts';
import { compileRewrites } from './rewrites.ts';
import type { Rewrite } from './rewrites.ts';
import { addError, isObject } from './run.ts';
import type { JsonObject, PlanPath, Run, Step } from './run.ts';
import { findTargets, pathsOf } from './targets.ts';
import type { TargetPath } from './targets.ts';
import type { IsOfType } from './typeConditions.ts';

export function compileFetch(node: FetchNode, path: TargetPath, call: CallSubgraph, isOfType: IsOfType): Step {
  const fetch = {
    path,
    call: (run: Run, variables: JsonObject | undefined) =>
      call({ query: node.operation, variables, operationName: node.operationName }, run.caller),
    variableNames: node.variableUsages ?? [],
    rewriteOutput: compileRewrites(node.outputRewrites, isOfType),
  };
  return node.requires && node.requires.length > 0
    ? compileEntityFetch(fetch, node, isOfType)
    : compileRootFetch(fetch);
}

interface Fetch {
  readonly path: TargetPath;
  readonly call: (run: Run, variables: JsonObject | undefined) => Promise<SubgraphAnswer>;
  readonly variableNames: readonly string[];
  readonly rewriteOutput: Rewrite | undefined;
}

function compileRootFetch({ path, call, variableNames, rewriteOutput }: Fetch): Step {
  return (run) => {
    const targets = path.length === 0 ? [run.data] : [...findTargets(run.data, path)];
    if (targets.length === 0) return undefined;
    return call(run, variablesOf(run, variableNames)).then(({ data, errors }) => {
      if (data) rewriteOutput?.(data);
      if (data) for (const target of targets) mergeInto(target, data);
      if (!errors) return;
      const places = placesOf(run, path, (target) => targets.includes(target));
      for (const error of errors)
        for (const place of places) addError(run, { ...error, path: [...place, ...(error.path ?? [])] });
    });
  };
}

function compileEntityFetch(
  { path, call, variableNames, rewriteOutput }: Fetch,
  node: FetchNode,
  isOfType: IsOfType,
): Step {
  const represent = compileRepresentations(node.requires ?? [], isOfType);
  const rewriteInput = compileRewrites(node.inputRewrites, isOfType);
  return (run) => {
    const { representations, targets } = represent(findTargets(run.data, path), run.absent);
    if (representations.length === 0) return undefined;
    if (rewriteInput) for (const representation of representations) rewriteInput(representation);
    const variables = { ...variablesOf(run, variableNames), representations };
    return call(run, variables).then(({ data, errors }) => {
      const entities = data?.['_entities'];
      const isWhole = Array.isArray(entities) && entities.length === representations.length;
      if (isWhole) mergeEntities(entities, targets, rewriteOutput);
      else if (data) addError(run, { ...wrongEntities, path: concretePart(path) });
      if (errors) addEntityErrors(run, path, errors, targets);
    });
  };
}

const wrongEntities = { message: INTERNAL_MESSAGE, extensions: { code: 'INTERNAL_SERVER_ERROR' } };

function mergeEntities(
  entities: readonly unknown[],
  targets: readonly (readonly JsonObject[])[],
  rewriteOutput: Rewrite | undefined,
): void {
  for (let index = 0; index < entities.length; index += 1) {
    const entity = entities[index];
    const group = targets[index];
    if (!group || !isObject(entity)) continue;
    if (rewriteOutput) {
      if (entity['__typename'] === undefined) entity['__typename'] = group[0]?.['__typename'];
      rewriteOutput(entity);
    }
    for (const target of group) mergeInto(target, entity);
  }
}

/** An error of an entity is one of every object that the entity stands for. */
function addEntityErrors(
  run: Run,
  path: TargetPath,
  errors: readonly GraphQLFormattedError[],
  targets: readonly (readonly JsonObject[])[],
): void {
  for (const error of errors) {
    const [root, index, ...rest] = error.path ?? [];
    const group = root === '_entities' && typeof index === 'number' ? targets[index] : undefined;
    if (!group) addError(run, { ...error, path: concretePart(path) });
    else
      for (const place of pathsOf(run.data, path, (target) => group.includes(target)))
        addError(run, { ...error, path: [...place, ...rest] });
  }
}

function placesOf(run: Run, path: TargetPath, wanted: (target: JsonObject) => boolean): readonly PlanPath[] {
  return path.length === 0 ? [[]] : pathsOf(run.data, path, wanted);
}

/** What stands before the first list: nothing is known of its elements. */
function concretePart(path: TargetPath): readonly string[] {
  const list = path.indexOf('@');
  return list < 0 ? path : path.slice(0, list);
}

function variablesOf({ variables }: Run, names: readonly string[]): JsonObject | undefined {
  if (names.length === 0) return undefined;
  const used: JsonObject = {};
  for (const name of names)
    if (variables[name] !== undefined && Object.hasOwn(variables, name)) used[name] = variables[name];
  return used;
}
