/** E-mail addresses, compared without case. */

const MOST_CHARACTERS = 254;
const LOCAL_CHARACTERS = 64;
/** The part of RFC 5321 that mail systems really use: no quoted names, no comments, no address literals. */
const atom = "[\\p{L}\\p{N}!#$%&'*+/=?^_`{|}~-]+";
const label = '[\\p{L}\\p{N}]([\\p{L}\\p{N}-]{0,61}[\\p{L}\\p{N}])?';
const pattern = new RegExp(`^${atom}(\\.${atom})*@${label}(\\.${label})*$`, 'u');

/** @returns the folded address, or undefined when the text is none */
export function parseAddress(text: string): string | undefined {
  if (text.length > 2 * MOST_CHARACTERS) return undefined;
  const address = foldAddress(text);
  if (address.length > MOST_CHARACTERS || address.indexOf('@') > LOCAL_CHARACTERS) return undefined;
  return pattern.test(address) ? address : undefined;
}

/** Two spellings of one address fold to the same text. */
export function foldAddress(text: string): string {
  return text.trim().normalize('NFC').toLowerCase();
}
