/** The texts, names and numbers that definitions are made of, as zod schemas with their bounds. */
import { z } from 'zod';

/** PostgreSQL stores no NUL, and JSON in it no lone surrogate. */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

export function text(most: number, least = 0) {
  return z.string().min(least).max(most).refine(isStorable, 'cannot hold NUL or half a character');
}

/** Words that CEL keeps for itself (cel-spec, "Syntax"): nothing that expressions name can be called so. */
const reserved: ReadonlySet<string> = new Set(
  'as break const continue else false for function if import in let loop namespace null package return true var void while'.split(
    ' ',
  ),
);

function notReserved(name: string): boolean {
  return !reserved.has(name);
}

const RESERVED = 'is a word that expressions keep for themselves';

export const nodeId = z
  .string()
  .max(60)
  .regex(/^[a-z][a-z0-9_]*$/, 'begins with a letter and has small letters, digits and _ only')
  .refine(notReserved, RESERVED);

/** Of parameters, variables and outputs. */
export const name = z
  .string()
  .max(60)
  .regex(/^[a-z][A-Za-z0-9_]*$/, 'begins with a small letter and has letters, digits and _ only')
  .refine(notReserved, RESERVED);

export const expression = text(10_000, 1);
/** Text with `${{ expression }}` in it. */
export const template = text(64 * 1024);
export const script = text(256 * 1024);
export const label = text(200);
export const description = text(10_000);

/** A day: the queue gives work to somebody else after it, whoever holds it. */
export const seconds = z.number().min(1).max(86_400);
export const count = z.int().min(1);

/** A part of the targets: a number, or a percentage such as `25%`. */
export const share = z.union([
  count.max(100_000),
  z.string().regex(/^(100|[1-9]?[0-9])%$/, 'is a percentage such as 25%'),
]);
/** The same with none of them. */
export const shareOrNone = z.union([
  z.int().min(0).max(100_000),
  z.string().regex(/^(100|[1-9]?[0-9])%$/, 'is a percentage such as 25%'),
]);

export function record<Value extends z.ZodType>(key: z.ZodString, value: Value, most: number) {
  return z.record(key, value).refine((entries) => Object.keys(entries).length <= most, `has at most ${most} entries`);
}
