import { makeCondition } from './condition.ts';
import type { Operand, Sign } from './condition.ts';
import { FilterFault } from './faults.ts';
import { findSubject, kindOf } from './fields.ts';
import type { Subject } from './fields.ts';
import { signsOf } from './condition.ts';
import { FILTER_LIMITS, allOf, anyOf, everything, not } from './filter.ts';
import type { Filter } from './filter.ts';

/**
 * Parses the filter language; see SPEC.md.
 * @throws {FilterFault} where the text stops being a filter, and what could stand there
 */
export function parseFilter(text: string): Filter {
  if (text.length > FILTER_LIMITS.characters)
    throw new FilterFault(FILTER_LIMITS.characters, [`at most ${FILTER_LIMITS.characters} characters`]);
  return new FilterReader(text).readAll();
}

const word = /[^\s()",=!~<>:]+/y;
/** A value without quotes ends at white space, a bracket, a comma or a quote. */
const bareValue = /[^\s()",]+/y;
const space = /\s*/y;
const signs = /!=|!~|<=|>=|[:=~<>]/y;

class FilterReader {
  readonly #text: string;
  #at = 0;
  #nodes = 0;

  constructor(text: string) {
    this.#text = text;
  }

  readAll(): Filter {
    const filter = this.#readOr(0);
    if (this.#skipSpace() < this.#text.length) this.#fail('and', 'or', 'the end');
    return filter;
  }

  #readOr(depth: number): Filter {
    const parts = [this.#readAnd(depth)];
    while (this.#takeWord('or')) parts.push(this.#readAnd(depth));
    return anyOf(parts);
  }

  #readAnd(depth: number): Filter {
    const parts = [this.#readTerm(depth)];
    while (this.#takeWord('and')) parts.push(this.#readTerm(depth));
    return allOf(parts);
  }

  #readTerm(depth: number): Filter {
    this.#skipSpace();
    if (depth > FILTER_LIMITS.depth) this.#fail(`at most ${FILTER_LIMITS.depth} levels`);
    this.#nodes += 1;
    if (this.#nodes > FILTER_LIMITS.nodes) this.#fail(`at most ${FILTER_LIMITS.nodes} conditions`);
    if (this.#takeWord('not')) return not(this.#readTerm(depth + 1));
    if (this.#takeWord('all')) return everything;
    if (!this.#take('(')) return this.#readCondition();
    const inner = this.#readOr(depth + 1);
    if (!this.#take(')')) this.#fail('and', 'or', ')');
    return inner;
  }

  #readCondition(): Filter {
    const start = this.#skipSpace();
    const name = this.#match(word);
    if (name === undefined) this.#fail('a condition', 'not', '(');
    if (name.toLowerCase() === 'has') return this.#readExistence();
    const subject = findSubject(name);
    if (!subject) this.#failAt(start, 'a field', 'a label');
    const position = this.#skipSpace();
    const isNegated = this.#takeWord('not');
    if (this.#takeWord('in')) {
      const condition = makeCondition(subject, 'in', this.#readList(), position);
      return isNegated ? not(condition) : condition;
    }
    if (isNegated) this.#fail('in');
    return this.#readComparison(subject, position);
  }

  #readComparison(subject: Subject, position: number): Filter {
    const sign = this.#match(signs);
    if (sign === undefined) this.#failAt(position, ...signsOf(kindOf(subject)));
    const isNegated = sign === '!=' || sign === '!~';
    const plain = (isNegated ? sign.slice(1) : sign) as Sign;
    const condition = makeCondition(subject, plain, [this.#readOperand()], position);
    return isNegated ? not(condition) : condition;
  }

  #readExistence(): Filter {
    if (!this.#take(':')) this.#fail(':');
    const start = this.#skipSpace();
    const name = this.#match(word);
    const subject = name === undefined ? undefined : findSubject(name);
    if (!subject) this.#failAt(start, 'a field', 'a label');
    return makeCondition(subject, 'has', [], start);
  }

  #readList(): Operand[] {
    if (!this.#take('(')) this.#fail('(');
    const operands = [this.#readOperand()];
    while (this.#take(',')) operands.push(this.#readOperand());
    if (!this.#take(')')) this.#fail(',', ')');
    return operands;
  }

  #readOperand(): Operand {
    const position = this.#skipSpace();
    if (this.#text[position] === '"') return { text: this.#readQuoted(), position: position + 1, isGlob: false };
    const text = this.#match(bareValue);
    if (text === undefined) this.#fail('a value');
    return { text, position, isGlob: /[*?]/.test(text) };
  }

  /** A backslash quotes a quote and itself, and stays where it is before anything else. */
  #readQuoted(): string {
    let content = '';
    for (this.#at += 1; this.#text[this.#at] !== '"'; this.#at += 1) {
      if (this.#at >= this.#text.length) this.#fail('"');
      if (/^\\["\\]/.test(this.#text.slice(this.#at, this.#at + 2))) this.#at += 1;
      content += this.#text[this.#at];
    }
    this.#at += 1;
    return content;
  }

  #takeWord(keyword: string): boolean {
    const start = this.#skipSpace();
    if (this.#match(word)?.toLowerCase() === keyword && !this.#isSignNext()) return true;
    this.#at = start;
    return false;
  }

  /** `not=x` is about something called "not", which is then refused as such. */
  #isSignNext(): boolean {
    return /^[:=~<>!]/.test(this.#text.slice(this.#at, this.#at + 1));
  }

  #take(character: string): boolean {
    if (this.#text[this.#skipSpace()] !== character) return false;
    this.#at += 1;
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #skipSpace(): number {
    this.#match(space);
    return this.#at;
  }

  #fail(...expected: string[]): never {
    this.#failAt(this.#skipSpace(), ...expected);
  }

  #failAt(position: number, ...expected: string[]): never {
    throw new FilterFault(position, expected);
  }
}
