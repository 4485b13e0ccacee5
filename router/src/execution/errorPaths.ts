import type { Shape } from './completion.ts';
import { isObject } from './run.ts';
import type { JsonObject, PlanPath } from './run.ts';

/**
 * Where an error is for the client. A key of the plan may stand for several of the client's, and for none where the plan
 * had to ask something for itself: then the error is of the object that it was asked of.
 */
export function toClientPaths(path: PlanPath, root: JsonObject, shape: Shape): PlanPath[] {
  const paths: PlanPath[] = [];
  follow(path, 0, root, shape, [], paths);
  return paths;
}

function follow(
  path: PlanPath,
  depth: number,
  value: unknown,
  shape: Shape | undefined,
  at: PlanPath,
  paths: PlanPath[],
): void {
  const step = path[depth];
  const fields = typeof step === 'string' ? shape?.fields.get(step) : undefined;
  if (step === undefined || !fields) return void paths.push(at);
  for (const { key, shapes } of fields) {
    let inner = isObject(value) ? value[step as string] : undefined;
    let next = depth + 1;
    const place: (string | number)[] = [...at, key];
    for (let index = path[next]; typeof index === 'number'; index = path[next]) {
      place.push(index);
      inner = Array.isArray(inner) ? (inner as unknown[])[index] : undefined;
      next += 1;
    }
    // Below a null the type of the object is not known: what the subgraph says of the rest is kept if it can be.
    const innerShape = shapes?.(isObject(inner) ? inner : {});
    follow(path, next, inner, innerShape, place, paths);
  }
}
