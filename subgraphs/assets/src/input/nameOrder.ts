import { BadUserInput, isId } from '@opsconductor/subgraph';
import { isPrintable } from './text.ts';

/** Lists by name, and by id where names are equal. */
export const byName = [{ name: 'asc' as const }, { id: 'asc' as const }];

/** The keyset of a row in a list {@link byName}. */
export function nameKeyOf({ name, id }: { name: string; id: string }): readonly string[] {
  return [name, id];
}

/**
 * The rows after a keyset: `(name, id) > (?, ?)`, spelled so that an index on the name finds the start.
 * @throws {BadUserInput} not a keyset of {@link nameKeyOf}
 */
export function afterName(keyset: readonly (string | number)[]) {
  const [name, id] = keyset;
  if (typeof name !== 'string' || !isPrintable(name) || typeof id !== 'string' || !isId(id))
    throw new BadUserInput('after is not a cursor of this list.');
  return { name: { gte: name }, OR: [{ name: { gt: name } }, { id: { gt: id } }] };
}
