/**
 * What may become a password: length and a blocked list, no rules about which characters (NIST SP 800-63B-4, 3.1.1.2;
 * OWASP ASVS 5.0, 6.2).
 */
import { InvalidInput } from '@opsconductor/subgraph';
import { isGuessable } from './guessablePasswords.ts';

const LEAST_CHARACTERS = 15;
const MOST_BYTES = 1_024;

/**
 * @param owner words about the account, such as its name and address, of which the password must not consist
 * @param field path of the password inside the input
 * @throws {InvalidInput}
 */
export function checkNewPassword(password: string, owner: readonly string[], field = 'password'): void {
  if (!isHashable(password)) throw new InvalidInput(field, `A password has at most ${MOST_BYTES} bytes.`);
  if ([...password.normalize('NFC')].length < LEAST_CHARACTERS)
    throw new InvalidInput(
      field,
      `A password has at least ${LEAST_CHARACTERS} characters. A few words make a good one.`,
    );
  if (isGuessable(password, owner))
    throw new InvalidInput(field, 'This password is among the first that an attacker tries. Choose another one.');
}

/** Whether a password is short enough to spend a hash on it. */
export function isHashable(password: string): boolean {
  return password.length <= MOST_BYTES && Buffer.byteLength(password) <= MOST_BYTES;
}
