/** What JSON can say. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/**
 * The one text of a JSON value (JSON Canonicalization Scheme, RFC 8785): no spaces, properties sorted by UTF-16 code
 * units, numbers and strings as ECMAScript writes them.
 * @throws {TypeError} the value holds what JSON cannot say: a number that is not finite, a lone surrogate, undefined
 */
export function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map((item: Json) => canonicalJson(item)).join(',')}]`;
  if (isObject(value)) {
    const properties = Object.keys(value).sort();
    return `{${properties.map((name) => `${scalar(name)}:${canonicalJson(value[name] as Json)}`).join(',')}}`;
  }
  return scalar(value);
}

function isObject(value: Json): value is { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null;
}

function scalar(value: unknown): string {
  if (typeof value === 'string' ? value.isWellFormed() : isPlain(value)) return JSON.stringify(value);
  throw new TypeError('Only what JSON can say has a canonical form.');
}

function isPlain(value: unknown): boolean {
  return value === null || typeof value === 'boolean' || Number.isFinite(value);
}
