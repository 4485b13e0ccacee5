/**
 * Regular expressions that PostgreSQL and RE2 understand in the same way, and that neither takes long for: characters,
 * classes, groups, alternatives, anchors and bounded repetition. No look-around, no references, no options.
 */
import { RE2JS } from 're2js';
import { FilterFault } from './faults.ts';

const PATTERN_CHARACTERS = 200;
const REPETITIONS = 100;
/** Characters that a pattern becomes when its repetitions are written out. */
const EXPANDED_SIZE = 1_000;
const DEPTH = 20;

const classes: Readonly<Record<string, string>> = { d: '0-9', w: 'A-Za-z0-9_', s: ' \\t\\n\\r\\f\\v' };

/**
 * Checks a pattern and spells it so that both engines take it alike.
 * @throws {FilterFault} positions count from the pattern's first character
 */
export function toPortablePattern(text: string): string {
  if (text.length > PATTERN_CHARACTERS)
    throw new FilterFault(PATTERN_CHARACTERS, [`a pattern of at most ${PATTERN_CHARACTERS} characters`]);
  const reader = new PatternReader([...text]);
  return reader.readAll();
}

/** A pattern for texts in memory, in time that is linear in the text. */
export function compilePattern(portable: string): (text: string) => boolean {
  const compiled = RE2JS.compile(portable, RE2JS.DOTALL);
  return (text) => compiled.matcher(text).find();
}

interface Piece {
  readonly text: string;
  readonly size: number;
}

class PatternReader {
  readonly #characters: readonly string[];
  #at = 0;

  constructor(characters: readonly string[]) {
    this.#characters = characters;
  }

  readAll(): string {
    const { text } = this.#readAlternatives(0);
    if (this.#peek() !== undefined) this.#fail('the end of the pattern');
    return text;
  }

  #readAlternatives(depth: number): Piece {
    if (depth > DEPTH) this.#fail(`at most ${DEPTH} groups inside each other`);
    const branches = [this.#readSequence(depth)];
    while (this.#take('|')) branches.push(this.#readSequence(depth));
    return this.#bounded({
      text: branches.map(({ text }) => text).join('|'),
      size: branches.reduce((sum, { size }) => sum + size, 0),
    });
  }

  #readSequence(depth: number): Piece {
    let whole: Piece = { text: '', size: 0 };
    for (let next = this.#peek(); next !== undefined && next !== '|' && next !== ')'; next = this.#peek()) {
      const piece = next === '^' || next === '$' ? this.#readAnchor(next) : this.#readRepeated(depth);
      whole = this.#bounded({ text: whole.text + piece.text, size: whole.size + piece.size });
    }
    if (whole.size === 0) this.#fail('a character');
    return whole;
  }

  #readAnchor(anchor: string): Piece {
    this.#at += 1;
    if (/^[*+?{]$/.test(this.#peek() ?? '')) this.#fail('something that can be repeated before this');
    return { text: anchor, size: 1 };
  }

  #readRepeated(depth: number): Piece {
    const atom = this.#readAtom(depth);
    const { text, most } = this.#readQuantifier();
    if (text !== '' && /^[*+?{]$/.test(this.#peek() ?? '')) this.#fail('one repetition, not two');
    return this.#bounded({ text: atom.text + text, size: atom.size * Math.max(1, most) });
  }

  #readQuantifier(): { text: string; most: number } {
    for (const sign of ['*', '+', '?']) if (this.#take(sign)) return { text: sign, most: 1 };
    if (!this.#take('{')) return { text: '', most: 1 };
    const least = this.#readCount();
    const isRange = this.#take(',');
    const most = isRange && this.#peek() !== '}' ? this.#readCount() : undefined;
    if (most !== undefined && most < least) this.#fail(`a number from ${least}`);
    if (!this.#take('}')) this.#fail('}');
    return { text: `{${least}${isRange ? `,${most ?? ''}` : ''}}`, most: most ?? least };
  }

  #readCount(): number {
    const start = this.#at;
    while (/^[0-9]$/.test(this.#peek() ?? '')) this.#at += 1;
    const digits = this.#characters.slice(start, this.#at).join('');
    if (digits === '' || digits.length > 3 || Number(digits) > REPETITIONS) {
      this.#at = start;
      this.#fail(`a number up to ${REPETITIONS}`);
    }
    return Number(digits);
  }

  #readAtom(depth: number): Piece {
    const character = this.#peek() ?? '';
    if (/^[*+?{}\])]$/.test(character)) this.#fail(`a character (${character} itself is written \\${character})`);
    this.#at += 1;
    if (character === '.') return { text: '.', size: 1 };
    if (character === '[') return { text: this.#readClass(), size: 1 };
    if (character === '\\') return { text: this.#readEscape(), size: 1 };
    if (character !== '(') return { text: literal(character), size: 1 };
    if (this.#peek() === '?') this.#fail('a plain group');
    const inner = this.#readAlternatives(depth + 1);
    if (!this.#take(')')) this.#fail(')');
    return { text: `(?:${inner.text})`, size: inner.size };
  }

  #readEscape(): string {
    const character = this.#peek() ?? '';
    const named = classes[character.toLowerCase()];
    if (named !== undefined) {
      this.#at += 1;
      return character === character.toLowerCase() ? `[${named}]` : `[^${named}]`;
    }
    return this.#readEscapedSign();
  }

  #readEscapedSign(): string {
    const character = this.#peek() ?? '';
    if (!/^[!-/:-@[-`{-~ ]$/.test(character)) this.#fail('one of d, w, s, D, W, S or a sign after \\');
    this.#at += 1;
    return literal(character);
  }

  #readClass(): string {
    let inner = this.#take('^') ? '^' : '';
    const start = inner.length;
    while (this.#peek() !== ']') {
      if (this.#peek() === undefined) this.#fail(']');
      inner += this.#readRange();
    }
    if (inner.length === start) this.#fail('a character (] itself is written \\])');
    this.#at += 1;
    return `[${inner}]`;
  }

  #readRange(): string {
    const named = this.#peek() === '\\' ? classes[this.#characters[this.#at + 1] ?? ''] : undefined;
    if (named !== undefined) {
      this.#at += 2;
      return named;
    }
    const from = this.#readMember();
    if (this.#peek() !== '-' || this.#characters[this.#at + 1] === ']') return from;
    this.#at += 1;
    const start = this.#at;
    const to = this.#readMember();
    if (codeOf(to) < codeOf(from)) {
      this.#at = start;
      this.#fail('the end of a range, after its start');
    }
    return `${from}-${to}`;
  }

  #readMember(): string {
    const character = this.#peek();
    if (character === undefined) this.#fail(']');
    if (character === '[') this.#fail('a character ([ itself is written \\[)');
    this.#at += 1;
    return character === '\\' ? this.#readEscapedSign() : literal(character);
  }

  #bounded(piece: Piece): Piece {
    if (piece.size > EXPANDED_SIZE) this.#fail('fewer repetitions');
    return piece;
  }

  #peek(): string | undefined {
    return this.#characters[this.#at];
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at += 1;
    return true;
  }

  #fail(expected: string): never {
    throw new FilterFault(this.#characters.slice(0, this.#at).join('').length, [expected]);
  }
}

/** In and out of classes, both engines take a sign after a backslash as itself. */
function literal(character: string): string {
  return /^[!-/:-@[-`{-~]$/.test(character) ? `\\${character}` : character;
}

function codeOf(member: string): number {
  return (member.length > 1 && member.startsWith('\\') ? member.slice(1) : member).codePointAt(0) ?? 0;
}
