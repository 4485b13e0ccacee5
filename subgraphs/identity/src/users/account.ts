import { InvalidInput } from '@opsconductor/subgraph';
import type { Prisma, User } from '../../generated/prisma/client.ts';
import { parseAddress } from './emailAddress.ts';

const NAME_CHARACTERS = 200;

/** Control, format and unassigned characters, but for the two joiners that some scripts cannot be written without. */
const invisible = /[^\P{C}\u200c\u200d]/u;
const joinersAround = /^[\s\u200c\u200d]+|[\s\u200c\u200d]+$/g;

/** A user as the rest of the domain sees one: without the password's hash. */
export type Account = Omit<User, 'passwordHash'>;

/** For every read that ends in an {@link Account}. */
export const withoutHash = { passwordHash: true } as const satisfies Prisma.UserOmit;

export interface Person {
  readonly name: string;
  readonly email: string;
}

/**
 * @returns the name without surrounding spaces and the address in lower case
 * @throws {InvalidInput}
 */
export function checkPerson({ name, email }: Person): Person {
  const trimmed = name.replace(joinersAround, '').normalize('NFC');
  if (trimmed === '' || trimmed.length > NAME_CHARACTERS)
    throw new InvalidInput('name', `A name has 1 to ${NAME_CHARACTERS} characters.`);
  if (invisible.test(trimmed)) throw new InvalidInput('name', 'A name cannot hold control characters.');
  const address = parseAddress(email);
  if (address === undefined) throw new InvalidInput('email', 'This is not an e-mail address such as ops@example.org.');
  return { name: trimmed, email: address };
}
