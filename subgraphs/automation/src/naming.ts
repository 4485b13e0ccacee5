import { InvalidInput } from '@opsconductor/subgraph';

const NAME_LENGTH = 200;
/** Control characters, invisible ones, those that turn the direction of writing, and halves of surrogate pairs. */
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/**
 * A name that a person gives to something in a folder: composed Unicode (NFC), so that what looks the same is the same.
 * @throws {InvalidInput}
 */
export function readName(name: string): string {
  const composed = name.normalize('NFC').trim();
  if (composed === '' || composed.length > NAME_LENGTH || unprintable.test(composed))
    throw new InvalidInput('name', `A name has 1 to ${NAME_LENGTH} printable characters.`);
  if (composed.includes('/')) throw new InvalidInput('name', 'A name has no /: that separates folders.');
  return composed;
}
