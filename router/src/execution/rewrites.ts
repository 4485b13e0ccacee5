/** The changes that a plan makes to what goes to a subgraph, and to what comes from it. */
import type { FetchDataRewrite } from '@apollo/query-planner';
import { isObject } from './run.ts';
import type { JsonObject } from './run.ts';
import type { IsOfType } from './typeConditions.ts';

export type Rewrite = (value: JsonObject) => void;

/** @returns undefined when there is nothing to change */
export function compileRewrites(rewrites: readonly FetchDataRewrite[] = [], isOfType: IsOfType): Rewrite | undefined {
  if (rewrites.length === 0) return undefined;
  const compiled = rewrites.map((rewrite) => compile(rewrite, isOfType));
  return (value) => {
    for (const change of compiled) change(value);
  };
}

const ON_TYPE = '... on ';

function compile(rewrite: FetchDataRewrite, isOfType: IsOfType): Rewrite {
  const path = rewrite.path.slice(0, -1);
  const key = rewrite.path.at(-1) ?? '';
  const change: Rewrite =
    rewrite.kind === 'ValueSetter'
      ? (value) => {
          value[key] = rewrite.setValueTo as unknown;
        }
      : (value) => {
          if (value[key] === undefined) return;
          value[rewrite.renameKeyTo] = value[key];
          value[key] = undefined;
        };
  const apply = (value: unknown, depth: number): void => {
    if (Array.isArray(value)) for (const item of value) apply(item, depth);
    if (!isObject(value)) return;
    const step = path[depth];
    if (step === undefined) change(value);
    else if (!step.startsWith(ON_TYPE)) apply(value[step], depth + 1);
    else {
      const typename = value['__typename'];
      // What does not say its type has been asked for on one type only.
      if (typeof typename !== 'string' || isOfType(typename, step.slice(ON_TYPE.length))) apply(value, depth + 1);
    }
  };
  return (value) => apply(value, 0);
}
