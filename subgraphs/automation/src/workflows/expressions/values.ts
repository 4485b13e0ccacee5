/** Values between JSON and CEL: JSON has one kind of number, CEL has integers (bigint here) and doubles. */
import { Duration, UnsignedInt } from '@marcbachmann/cel-js/evaluator';
import type { ScopeType } from './scopeTypes.ts';

/** Characters, numbers and entries that one result may have. */
const RESULT_SIZE = 1024 * 1024;

/**
 * A JSON value as CEL sees it: numbers without a fraction are integers.
 * @param seen what was converted before: parts that many scopes have in common are converted once
 */
export function fromJson(value: unknown, seen?: WeakMap<object, unknown>): unknown {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  const earlier = seen?.get(value);
  if (earlier !== undefined) return earlier;
  const converted = Array.isArray(value)
    ? value.map((entry) => fromJson(entry, seen))
    : mapValues(value, (entry) => fromJson(entry, seen));
  seen?.set(value, converted);
  return converted;
}

/** As {@link fromJson}, with the declared types where there are some: a `number` is a double although it is 3. */
export function fromTypedJson(value: unknown, type: ScopeType | undefined, seen: WeakMap<object, unknown>): unknown {
  if (type === 'number' && typeof value === 'number') return value;
  if (typeof type !== 'object' || typeof value !== 'object' || value === null || Array.isArray(value))
    return fromJson(value, seen);
  return mapValues(value, (entry, name) =>
    fromTypedJson(entry, Object.hasOwn(type, name) ? type[name] : undefined, seen),
  );
}

/** Without a prototype, so that a key such as `__proto__` is one like any other. */
function mapValues(value: object, convert: (entry: unknown, name: string) => unknown): Record<string, unknown> {
  const converted = Object.create(null) as Record<string, unknown>;
  for (const [name, entry] of Object.entries(value)) if (entry !== undefined) converted[name] = convert(entry, name);
  return converted;
}

/**
 * A CEL value as JSON. Instants become RFC 3339, durations `90s`, bytes base64.
 * @throws {RangeError} the value is larger than a result may be, or an integer that JSON numbers do not hold exactly
 */
export function toJson(value: unknown): unknown {
  let budget = RESULT_SIZE;
  const convert = (part: unknown, depth: number): unknown => {
    budget -= typeof part === 'string' ? part.length + 1 : 1;
    if (budget < 0 || depth > 100) throw new RangeError('too large');
    if (typeof part === 'bigint') return toNumber(part);
    if (part instanceof UnsignedInt) return toNumber(BigInt(part.valueOf()));
    if (part instanceof Date) return part.toISOString();
    if (part instanceof Duration) return part.toString();
    if (part instanceof Uint8Array) return Buffer.from(part).toString('base64');
    if (Array.isArray(part)) return part.map((entry) => convert(entry, depth + 1));
    if (part instanceof Set) return [...part].map((entry) => convert(entry, depth + 1));
    if (typeof part === 'object' && part !== null) return convertEntries(part, (entry) => convert(entry, depth + 1));
    if (typeof part === 'string' || typeof part === 'boolean' || part === null) return part;
    if (typeof part === 'number' && Number.isFinite(part)) return part;
    throw new TypeError('not JSON');
  };
  const convertEntries = (object: object, convertEntry: (entry: unknown) => unknown): Record<string, unknown> => {
    const prototype: unknown = Object.getPrototypeOf(object);
    if (prototype !== null && prototype !== Object.prototype && !(object instanceof Map))
      throw new TypeError('not JSON');
    const entries = object instanceof Map ? [...object] : Object.entries(object);
    // Not by assignment: `__proto__` would be a setter.
    return Object.fromEntries(
      entries.map(([name, entry]): [string, unknown] => {
        budget -= String(name).length;
        return [String(name), convertEntry(entry)];
      }),
    );
  };
  return convert(value, 0);
}

export function toJsonText(value: unknown): string {
  return JSON.stringify(toJson(value));
}

/** A value as a template shows it: texts as they are, null as nothing, lists and objects as JSON. */
export function toText(value: unknown): string {
  if (value === null) return '';
  if (typeof value === 'string') {
    if (value.length > RESULT_SIZE) throw new RangeError('too large');
    return value;
  }
  if (typeof value === 'bigint') return value.toString();
  const json = toJson(value);
  return typeof json === 'string' ? json : JSON.stringify(json);
}

function toNumber(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new RangeError('too large');
  return number;
}
