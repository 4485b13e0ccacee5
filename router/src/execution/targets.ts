/** The objects of an answer that a fetch is for, and where they are. */
import { isObject } from './run.ts';
import type { JsonObject, PlanPath } from './run.ts';

/** As in a plan: keys, and `@` for every element of a list. */
export type TargetPath = readonly string[];

/** Every object at the path, each once. What is null on the way, or no object, is left out. */
export function findTargets(root: JsonObject, path: TargetPath): ReadonlySet<JsonObject> {
  const found = new Set<JsonObject>();
  walk(root, path, 0, (target) => void found.add(target));
  return found;
}

/** Where the targets are that are in `wanted`: one that stands in several places has several paths. */
export function pathsOf(root: JsonObject, path: TargetPath, wanted: (target: JsonObject) => boolean): PlanPath[] {
  const paths: PlanPath[] = [];
  const at: (string | number)[] = [];
  walk(root, path, 0, (target) => void (wanted(target) && paths.push([...at])), at);
  return paths;
}

function walk(
  value: unknown,
  path: TargetPath,
  depth: number,
  found: (target: JsonObject) => void,
  at?: (string | number)[],
): void {
  if (Array.isArray(value)) {
    const next = path[depth] === '@' ? depth + 1 : depth;
    for (let index = 0; index < value.length; index += 1) {
      at?.push(index);
      walk(value[index], path, next, found, at);
      at?.pop();
    }
    return;
  }
  if (!isObject(value)) return;
  const key = path[depth];
  if (key === undefined) return found(value);
  // A list was promised here.
  if (key === '@' || !Object.hasOwn(value, key)) return;
  at?.push(key);
  walk(value[key], path, depth + 1, found, at);
  at?.pop();
}
