import { z } from 'zod';
import { isPrintable, printableText } from '../input/text.ts';

export const LABEL_LIMIT = 50;

export interface Label {
  readonly key: string;
  readonly value: string;
}

const keyForm = /^[a-zA-Z0-9._/-]{1,63}$/;

/** The labels of one target: each key once. */
export const labelsInput = z
  .array(
    z.object({
      key: z.string().regex(keyForm, 'A label key has 1 to 63 letters, digits, dots, slashes, dashes or underscores.'),
      value: printableText('A label value', { least: 0, most: 255 }),
    }),
  )
  .max(LABEL_LIMIT, `There are at most ${LABEL_LIMIT} labels.`)
  .superRefine((labels, context) => {
    const seen = new Set<string>();
    for (const [index, { key }] of labels.entries()) {
      if (seen.has(key))
        context.addIssue({ code: 'custom', path: [index, 'key'], message: `The key ${key} is there twice.` });
      seen.add(key);
    }
  });

/** The condition of targets that have all of the labels. What no label can be matches nothing. */
export function havingLabels(labels: readonly Label[]) {
  if (!labels.every(({ key, value }) => isPrintable(key) && isPrintable(value))) return { id: { in: [] } };
  return { AND: labels.map(({ key, value }) => ({ labels: { some: { key, value } } })) };
}
