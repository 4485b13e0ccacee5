/** A filter that cannot be understood: where, and what could stand there. */
export class FilterFault extends Error {
  /** Offset of the character in UTF-16 code units; the length of the text when something is missing at its end. */
  readonly position: number;
  readonly expected: readonly string[];

  constructor(position: number, expected: readonly string[]) {
    super(`At character ${position + 1}: expected ${listOf(expected)}.`);
    this.name = 'FilterFault';
    this.position = position;
    this.expected = expected;
  }

  /** The text with a caret under the character, for a terminal. */
  pointAt(text: string): string {
    return `${text}\n${' '.repeat(this.position)}^ expected ${listOf(this.expected)}`;
  }
}

function listOf(items: readonly string[]): string {
  return items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} or ${items.at(-1)}`;
}
