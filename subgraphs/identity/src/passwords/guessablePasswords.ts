/** Passwords that are long and yet among the first that are tried. */

/** Those of the breach lists that have 15 characters or more and none of the patterns below. As {@link fold} leaves them. */
const frequent: ReadonlySet<string> = new Set([
  '1q2w3e4r5t6y7u8i',
  '1q2w3e4r5t6y7u8i9o0p',
  '1qaz2wsx3edc4rfv',
  '1qaz2wsx3edc4rfv5tgb',
  'administrator123',
  'changethispassword',
  'correcthorsebatterystaple',
  'defaultpassword',
  'iloveyouforever',
  'mynameisnotimportant',
  'password123456789',
  'password12345678',
  'qazwsxedcrfvtgb',
  'qazwsxedcrfvtgbyhnujm',
  'qwertyuiopasdfgh',
  'qwertyuiopasdfghjkl',
  'qwertyuiopasdfghjklzxcvbnm',
  'qwertyuiop123456',
  'qwertyuiop123456789',
  'thisismypassword',
  'thisisapassword',
  'unknownpassword',
  'welcomewelcome1',
  'welcometothejungle',
  'whatisthepassword',
  'zaq12wsxcde34rfv',
]);

const runs = ['0123456789', '9876543210', 'abcdefghijklmnopqrstuvwxyz', 'qwertyuiop', 'asdfghjkl', 'zxcvbnm'].map(
  (run) => run.repeat(4),
);
const productWords = ['opsconductor', 'password', 'administrator', 'admin'];

/** Parts shorter than this are no words: what is left of a password after taking them out says nothing. */
const WORD_CHARACTERS = 4;
/** A password needs this many characters besides the words that anyone would try for this account. */
const OWN_CHARACTERS = 6;
const UNIT_CHARACTERS = 8;

/**
 * Whether a password is frequent, one short text over and over, a run of the alphabet or the keyboard, or made of
 * words about its account. Case, spaces and dashes make no difference.
 */
export function isGuessable(password: string, owner: readonly string[]): boolean {
  const folded = fold(password);
  return (
    frequent.has(folded) ||
    new RegExp(`^(.{1,${UNIT_CHARACTERS}}?)\\1+$`, 'u').test(folded) ||
    runs.some((run) => run.includes(folded)) ||
    withoutWords(folded, [...owner.flatMap(wordsOf), ...productWords]).length < OWN_CHARACTERS
  );
}

function fold(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s_.-]/gu, '');
}

function wordsOf(text: string): string[] {
  return text
    .split(/[\s\p{P}]/u)
    .map(fold)
    .filter((word) => word.length >= WORD_CHARACTERS);
}

function withoutWords(text: string, words: readonly string[]): string {
  return words.reduce((rest, word) => rest.replaceAll(word, ''), text);
}
