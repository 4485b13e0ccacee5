import { isObject } from './run.ts';
import type { JsonObject } from './run.ts';

/**
 * Puts what a fetch gave into an object of the answer. What `source` holds may become part of `target` and of other
 * targets with the same representation: they are one entity, and stay equal. A null never hides what is known, and
 * lists are merged element by element when they have the same length.
 */
export function mergeInto(target: JsonObject, source: JsonObject): void {
  for (const key in source) {
    const value = source[key];
    if (value === undefined || key === '__proto__') continue;
    const known = target[key];
    if (known === undefined || known === null) target[key] = value;
    else if (value !== null && known !== value) target[key] = mergeValues(known, value);
  }
}

function mergeValues(known: unknown, value: unknown): unknown {
  if (isObject(known) && isObject(value)) {
    mergeInto(known, value);
    return known;
  }
  if (!Array.isArray(known) || !Array.isArray(value)) return value;
  if (known.length !== value.length) return known;
  const items: unknown[] = value;
  for (const [index, item] of items.entries()) {
    const at: unknown = known[index];
    if (at === null || at === undefined) known[index] = item;
    else if (item !== null && at !== item) known[index] = mergeValues(at, item);
  }
  return known;
}
