import { z } from 'zod';

/** Control characters, invisible ones, those that turn the direction of writing, and halves of surrogate pairs. */
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** Text of one line that shows what it is. Whatever else it is good for, PostgreSQL can store it. */
export function isPrintable(text: string): boolean {
  return !unprintable.test(text);
}

/** Printable text within bounds, counted in characters. */
export function printableText(what: string, { least, most }: { least: number; most: number }) {
  const rule = `${what} has ${least} to ${most} printable characters.`;
  return z.string().refine((text) => isPrintable(text) && hasLength(text, least, most), rule);
}

/** A name that a person gives: composed Unicode (NFC), so that what looks the same is the same. */
export function nameText(what: string) {
  return printableText(what, { least: 1, most: 200 })
    .refine((text) => text === text.trim(), `${what} does not begin or end with a space.`)
    .transform((text) => text.normalize('NFC'));
}

function hasLength(text: string, least: number, most: number): boolean {
  const length = text.length > most * 2 ? text.length : [...text].length;
  return length >= least && length <= most;
}
