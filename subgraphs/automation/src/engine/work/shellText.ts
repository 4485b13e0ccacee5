/**
 * Puts values into a shell command as data: each arrives in the command as exactly the text that it is, whatever it
 * holds, and is never read as shell. Where in the command a value stands decides how it is quoted; where nothing keeps
 * it apart from code (a here-document, `` ` ``, `$((`, `${`, a comment) it is refused.
 */
import { shellQuote } from '../../ssh/shellQuote.ts';
import type { FilledPart } from '../expressions.ts';
import { NodeFailed } from '../nodes/nodeFailed.ts';

/** Where the next character stands; in the last three no value may. */
type Place = 'plain' | 'single' | 'double' | 'substitution' | 'backquotes' | 'braces' | 'arithmetic';

/** @throws {NodeFailed} when a value stands where it cannot be kept apart from code */
export function composeShell(parts: readonly FilledPart[]): string {
  const reader = new ShellReader();
  return parts
    .map(({ kind, text }) => {
      if (kind === 'value') return reader.quote(text);
      reader.read(text);
      return text;
    })
    .join('');
}

/**
 * Follows the quoting of a POSIX shell (XCU 2.2), as far as is needed to know where a value would stand. Where it cannot
 * follow it is lost, and takes no further value.
 */
class ShellReader {
  readonly #places: Place[] = ['plain'];
  #isWordStart = true;
  #isEscaped = false;
  #isComment = false;
  #isLost = false;

  quote(value: string): string {
    const place = this.#place;
    if (this.#isLost || this.#isComment || this.#isEscaped || refusing.has(place))
      throw new NodeFailed('A value stands where the shell may take it for code. Put it into the environment.');
    this.#isWordStart = false;
    // Out of the quotes, as a word of its own, and into them again.
    if (place === 'double') return `"${shellQuote(value)}"`;
    if (place === 'single') return `'${shellQuote(value)}'`;
    return shellQuote(value);
  }

  read(text: string): void {
    for (let index = 0; index < text.length; index += 1) index += this.#readAt(text, index);
  }

  get #place(): Place {
    return this.#places.at(-1) ?? 'plain';
  }

  /** @returns how many further characters were read */
  #readAt(text: string, index: number): number {
    const character = text[index] ?? '';
    const isWordStart = this.#isWordStart;
    this.#isWordStart = false;
    if (this.#isComment) {
      this.#isComment = character !== '\n';
      this.#isWordStart = !this.#isComment;
    } else if (this.#isEscaped) this.#isEscaped = false;
    else if (this.#place === 'single') this.#popAt(character, "'");
    else if (character === '\\') this.#isEscaped = true;
    else if (this.#place === 'backquotes') this.#popAt(character, '`');
    else if (this.#place === 'braces') this.#readSimple(character, '}');
    else if (this.#place === 'arithmetic') return this.#readArithmetic(text, index);
    else if (character === '`') this.#places.push('backquotes');
    else if (character === '$') return this.#readDollar(text, index);
    else if (character === '"') this.#toggleDouble();
    else if (this.#place !== 'double') return this.#readPlain(text, index, isWordStart);
    return 0;
  }

  #popAt(character: string, end: string): void {
    if (character === end) this.#places.pop();
  }

  /** Inside of `${ }`: quotes and further expansions there follow other rules in every shell. */
  #readSimple(character: string, end: string): void {
    if (/["'`$({]/.test(character)) this.#isLost = true;
    this.#popAt(character, end);
  }

  #readArithmetic(text: string, index: number): number {
    if (text.startsWith('))', index)) {
      this.#places.pop();
      return 1;
    }
    this.#readSimple(text[index] ?? '', '');
    return 0;
  }

  #readDollar(text: string, index: number): number {
    if (text.startsWith('((', index + 1)) {
      this.#places.push('arithmetic');
      return 2;
    }
    switch (text[index + 1]) {
      case '{':
        this.#places.push('braces');
        return 1;
      case '(':
        this.#places.push('substitution');
        this.#isWordStart = true;
        return 1;
      case '[':
        this.#isLost = true;
        return 0;
      case "'":
        if (this.#place !== 'double') this.#isLost = true;
        return 0;
      default:
        return 0;
    }
  }

  #toggleDouble(): void {
    if (this.#place === 'double') this.#places.pop();
    else this.#places.push('double');
  }

  #readPlain(text: string, index: number, isWordStart: boolean): number {
    const character = text[index] ?? '';
    this.#isWordStart = /[\s;&|()<>]/.test(character);
    if (character === "'") this.#places.push('single');
    else if (character === '#' && isWordStart) this.#isComment = true;
    else if (text.startsWith('((', index)) {
      this.#places.push('arithmetic');
      return 1;
    } else if (character === '(') this.#places.push('substitution');
    else if (character === ')' && this.#places.length > 1) this.#places.pop();
    // The patterns of a case end with a parenthesis that closes nothing; a here-document has rules of its own.
    else if (
      text.startsWith('<<', index) ||
      (isWordStart && /^case\s/.test(text.slice(index, index + 5)) && this.#isNested())
    )
      this.#isLost = true;
    return 0;
  }

  #isNested(): boolean {
    return this.#places.length > 1;
  }
}

const refusing: ReadonlySet<Place> = new Set<Place>(['backquotes', 'braces', 'arithmetic']);
