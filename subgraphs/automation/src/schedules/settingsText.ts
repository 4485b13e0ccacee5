import { InvalidInput } from '@opsconductor/subgraph';

const NAME_LENGTH = 200;
const DESCRIPTION_LENGTH = 2_000;
/** Control characters, invisible ones, those that turn the direction of writing, and halves of surrogate pairs. */
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** A name of one printable line, without spaces at its ends. @throws {InvalidInput} */
export function readName(name: string, field: string): string {
  if (name.trim() === '' || name !== name.trim() || name.length > NAME_LENGTH || unprintable.test(name))
    throw new InvalidInput(field, `A name has 1 to ${NAME_LENGTH} printable characters, and no space at its ends.`);
  return name.normalize('NFC');
}

/** @throws {InvalidInput} */
export function readDescription(description: string | null | undefined, field: string): string {
  const text = description ?? '';
  if (text.length > DESCRIPTION_LENGTH || text.includes('\0') || !text.isWellFormed())
    throw new InvalidInput(field, `A description has at most ${DESCRIPTION_LENGTH} characters, and no NUL.`);
  return text;
}

/** @throws {InvalidInput} */
export function readWithin(value: number, least: number, most: number, field: string): number {
  if (value < least || value > most) throw new InvalidInput(field, `This is from ${least} to ${most}.`);
  return value;
}
