import { z } from 'zod';
import { isPrintable } from '../input/text.ts';

const ATTRIBUTE_LIMIT = 100;
const VALUE_CHARACTERS = 500;

const keyForm = /^[a-zA-Z0-9._/-]{1,63}$/;
const numberForm = /^-?\d{1,15}(\.\d{1,9})?$/;
const dayForm = /^\d{4}-\d\d-\d\d$/;

/** A custom attribute as it is stored. */
export interface Attribute {
  readonly key: string;
  readonly type: 'TEXT' | 'NUMBER' | 'DATE' | 'BOOLEAN';
  readonly text: string;
  readonly number: number | null;
  readonly date: Date | null;
}

const attributeInput = z
  .object({
    key: z
      .string()
      .regex(keyForm, 'An attribute key has 1 to 63 letters, digits, dots, slashes, dashes or underscores.'),
    type: z.enum(['TEXT', 'NUMBER', 'DATE', 'BOOLEAN']).nullish(),
    value: z.string().max(VALUE_CHARACTERS, `A value has at most ${VALUE_CHARACTERS} characters.`),
  })
  .transform(({ key, type, value }, context): Attribute => {
    const refuse = (message: string): never => {
      context.addIssue({ code: 'custom', path: ['value'], message });
      return z.NEVER;
    };
    const base = { key, type: type ?? 'TEXT', text: value.normalize('NFC'), number: null, date: null };
    switch (base.type) {
      case 'TEXT':
        return isPrintable(value) ? base : refuse('A text has printable characters.');
      case 'NUMBER':
        if (!numberForm.test(value)) return refuse('A number is written like this: 8, -1.5.');
        return { ...base, text: String(Number(value)), number: Number(value) };
      case 'DATE':
        if (!isDay(value)) return refuse('A date is a day: 2027-06-30.');
        return { ...base, date: new Date(value) };
      case 'BOOLEAN':
        return value === 'true' || value === 'false' ? base : refuse('A truth is true or false.');
    }
  });

/** The attributes of one target: each key once. */
export const attributesInput = z
  .array(attributeInput)
  .max(ATTRIBUTE_LIMIT, `There are at most ${ATTRIBUTE_LIMIT} attributes.`)
  .superRefine((attributes, context) => {
    const seen = new Set<string>();
    for (const [index, { key }] of attributes.entries()) {
      if (seen.has(key))
        context.addIssue({ code: 'custom', path: [index, 'key'], message: `The key ${key} is there twice.` });
      seen.add(key);
    }
  });

/** February has no 30th. */
function isDay(text: string): boolean {
  if (!dayForm.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}
