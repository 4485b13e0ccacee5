/** Representations of entities: what a subgraph is told of an object so that it gives more of it. */
import type { QueryPlanSelectionNode } from '@apollo/query-planner';
import { isObject } from './run.ts';
import type { JsonObject } from './run.ts';
import type { IsOfType } from './typeConditions.ts';

/** The representations of some objects, each once, and the objects behind each. */
export interface Batch {
  readonly representations: JsonObject[];
  /** By index of the representation. */
  readonly targets: JsonObject[][];
}

/** @param absent see absentKeys.ts */
export type Represent = (targets: Iterable<JsonObject>, absent: ReadonlySet<string>) => Batch;

/**
 * @param requires what the plan says that the subgraph needs
 * @returns a function that leaves out objects of which something is not known
 */
export function compileRepresentations(requires: readonly QueryPlanSelectionNode[], isOfType: IsOfType): Represent {
  const builders = new Map<unknown, Builder>();
  const builderFor = (typename: unknown): Builder => {
    const known = builders.get(typename);
    if (known) return known;
    const builder = compileBuilder(requires, typename, isOfType);
    if (builder.isOfSchema) builders.set(typename, builder);
    return builder;
  };
  return (targets, absent) => {
    const batch: Batch = { representations: [], targets: [] };
    const indices = new Map<Builder, Map<unknown, number>>();
    for (const target of targets) {
      const builder = builderFor(target['__typename']);
      const key = builder.keyOf(target, absent);
      if (key === undefined) continue;
      let known = indices.get(builder);
      if (!known) indices.set(builder, (known = new Map<unknown, number>()));
      const index = known.get(key);
      if (index !== undefined) batch.targets[index]?.push(target);
      else {
        const representation = builder.build(target, absent);
        if (!representation) continue;
        known.set(key, batch.representations.length);
        batch.representations.push(representation);
        batch.targets.push([target]);
      }
    }
    return batch;
  };
}

interface Builder {
  readonly isOfSchema: boolean;
  /** Equal for objects whose representations are equal; undefined for one that has none. */
  keyOf(target: JsonObject, absent: ReadonlySet<string>): unknown;
  build(target: JsonObject, absent: ReadonlySet<string>): JsonObject | undefined;
}

function compileBuilder(requires: readonly QueryPlanSelectionNode[], typename: unknown, isOfType: IsOfType): Builder {
  const isNamed = typeof typename === 'string';
  const fragments = requires.filter(
    (node) =>
      node.kind === 'InlineFragment' &&
      isNamed &&
      (node.typeCondition === undefined || isOfType(typename, node.typeCondition)),
  );
  const build: Builder['build'] = (target, absent) => {
    const selecting = { isOfType, absent };
    const representation: JsonObject = {};
    for (const { selections = [] } of fragments) select(representation, target, selections, selecting);
    return representation['__typename'] === undefined ? undefined : representation;
  };
  const isOfSchema = fragments.length > 0;
  const single = singleKeyOf(fragments);
  if (single === undefined)
    return {
      isOfSchema,
      build,
      keyOf(target, absent) {
        const representation = build(target, absent);
        return representation && JSON.stringify(representation);
      },
    };
  return {
    isOfSchema,
    build,
    keyOf(target) {
      const value = target[single];
      return typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
    },
  };
}

/** Most keys are one plain field: its value tells one entity of a type from another. */
function singleKeyOf(fragments: readonly QueryPlanSelectionNode[]): string | undefined {
  const fields = new Set<string>();
  for (const { selections = [] } of fragments)
    for (const node of selections) {
      if (node.kind !== 'Field' || node.selections) return undefined;
      if (node.name !== '__typename') fields.add(node.alias ?? node.name);
    }
  const [only] = fields;
  return fields.size === 1 ? only : undefined;
}

interface Selecting {
  readonly isOfType: IsOfType;
  readonly absent: ReadonlySet<string>;
}

/** @returns false when something of the selections is not known: then nothing of them is taken */
function select(
  into: JsonObject,
  source: JsonObject,
  selections: readonly QueryPlanSelectionNode[],
  selecting: Selecting,
): boolean {
  const taken: JsonObject = {};
  for (const node of selections) {
    if (node.kind === 'Field') {
      const key = node.alias ?? node.name;
      const value = source[key];
      if (value === undefined || !Object.hasOwn(source, key)) {
        if (selecting.absent.has(key)) continue;
        return false;
      }
      taken[key] = node.selections ? selectValue(value, node.selections, selecting) : value;
      continue;
    }
    const typename = source['__typename'];
    if (
      node.typeCondition === undefined ||
      (typeof typename === 'string' && selecting.isOfType(typename, node.typeCondition))
    )
      select(taken, source, node.selections, selecting);
  }
  Object.assign(into, taken);
  return true;
}

function selectValue(value: unknown, selections: readonly QueryPlanSelectionNode[], selecting: Selecting): unknown {
  if (Array.isArray(value)) return value.map((item) => selectValue(item, selections, selecting));
  if (!isObject(value)) return null;
  const selected: JsonObject = {};
  return select(selected, value, selections, selecting) ? selected : null;
}
