import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import type { AnySchema, ErrorObject, ValidateFunction } from 'ajv';
import { RE2JS } from 're2js';

/**
 * Patterns are matched in linear time: whoever writes a library must not be able to hang the platform with one. The price
 * is that they have no look-around and no back-references.
 */
const regExp = Object.assign(
  (pattern: string) => {
    const compiled = RE2JS.compile(pattern);
    // Ajv takes patterns for one and the same that are the same as texts.
    return { test: (text: string) => compiled.matcher(text).find(), toString: () => pattern };
  },
  { code: 'linear' },
);

const OPTIONS = { strict: true, allErrors: true, useDefaults: true, code: { regExp } } as const;

interface Published {
  readonly $defs: Readonly<Record<string, unknown>>;
}

const published = JSON.parse(
  readFileSync(new URL('../../../../schema/stepLibrary.schema.json', import.meta.url), 'utf8'),
) as Published;

/** Checks a part of `schema/stepLibrary.schema.json`. */
export function compilePublished(part: 'library' | 'step'): ValidateFunction {
  const { $defs } = published;
  return new Ajv({ ...OPTIONS, strict: false }).compile({ $ref: `#/$defs/${part}`, $defs });
}

/** @throws Error that says what is wrong with the schema */
export function compileSchema(schema: AnySchema): ValidateFunction {
  return new Ajv(OPTIONS).compile(schema);
}

/** As {@link compileSchema}, for values that may be texts: `5` is a number where a number is wanted. */
export function compileValues(schema: AnySchema): ValidateFunction {
  return new Ajv({ ...OPTIONS, coerceTypes: true }).compile(schema);
}

/** Where it is wrong (a JSON pointer) and how, without the value, which may be a secret. */
export function describeError({ instancePath, message = 'is not valid', keyword, params }: ErrorObject): {
  path: string;
  message: string;
} {
  const detail = params as Readonly<Record<string, unknown>>;
  if (keyword === 'additionalProperties')
    return { path: instancePath, message: `has an unknown property "${String(detail['additionalProperty'])}"` };
  if (keyword === 'enum')
    return { path: instancePath, message: `${message}: ${JSON.stringify(detail['allowedValues'])}` };
  if (keyword === 'propertyNames')
    return { path: instancePath, message: `has a property "${String(detail['propertyName'])}", which is no name here` };
  return { path: instancePath, message };
}
