import { InvalidInput } from '@opsconductor/subgraph';
import { printFilter } from '@opsconductor/target-filter';
import { z } from 'zod';
import { namesGroups } from '../filters/filterSql.ts';
import { readFilterInput } from '../filters/readFilter.ts';
import { nameText, printableText } from '../input/text.ts';

const name = nameText('The name of a group').refine((text) => !text.includes('/'), 'The name of a group has no slash.');
const description = printableText('A description', { least: 0, most: 2_000 }).nullish();
const filter = z.string().nullish();

export const groupInput = z.object({ name, parentId: z.string().nullish(), description, filter });
export const groupChangeInput = z.object({ id: z.string(), name: name.nullish(), description, filter });

/**
 * The filter of a group as it is stored. It speaks of no groups: what belongs to a group would depend on what belongs
 * to it.
 * @throws {InvalidInput}
 */
export function readGroupFilter(text: string | null | undefined): string | null | undefined {
  if (text == null || text.trim() === '') return text === undefined ? undefined : null;
  const read = readFilterInput('filter', text);
  if (namesGroups(read)) throw new InvalidInput('filter', 'The filter of a group cannot speak of groups.');
  return printFilter(read);
}
