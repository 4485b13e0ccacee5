import type { TextStage } from './stage.ts';
import { SGR, withoutColours } from './terminal.ts';

/** What stands for a run of masked characters, however long. */
export const MASK = '******';

const COLOUR = new RegExp(`(${SGR})`);
const PREFIX = 4;
/** Only an endless row of colours can make more than a form be held back. It is given up then. */
const HELD_LIMIT = 1 << 18;

/**
 * Masks every character that belongs to an occurrence of a form; occurrences may overlap. A form is found although
 * colours (SGR) stand between its characters; the colours stay. Text is held back only while it is the beginning of a form.
 */
export class Masker implements TextStage {
  readonly #formsByPrefix: ReadonlyMap<string, readonly string[]>;
  readonly #forms: readonly string[];
  readonly #prefixes: RegExp;
  #held = '';
  /** How many characters at the start of what is held belong to an occurrence that began before it. */
  #heldCovered = 0;
  #inRun = false;

  /** @param forms distinct texts of at least four characters, without SGR sequences */
  constructor(forms: readonly string[]) {
    this.#forms = forms;
    this.#formsByPrefix = Map.groupBy(forms, (form) => form.slice(0, PREFIX));
    this.#prefixes = new RegExp([...this.#formsByPrefix.keys()].map(escapeForRegExp).join('|'), 'g');
  }

  write(text: string): string {
    const raw = this.#held + text;
    const plain = withoutColours(raw);
    const { covered, undecidedFrom } = this.#scan(plain);
    return this.#emit(raw, plain, covered, raw.length > HELD_LIMIT ? plain.length : undecidedFrom);
  }

  end(): string {
    const raw = this.#held;
    const plain = withoutColours(raw);
    return this.#emit(raw, plain, this.#scan(plain).covered, plain.length);
  }

  /** Where occurrences are, and from where on more text may complete one. */
  #scan(plain: string): { covered: Range[]; undecidedFrom: number } {
    const covered: Range[] = this.#heldCovered > 0 ? [{ from: 0, to: this.#heldCovered }] : [];
    let undecidedFrom = plain.length;
    this.#prefixes.lastIndex = 0;
    for (let hit = this.#prefixes.exec(plain); hit; hit = this.#prefixes.exec(plain)) {
      const from = hit.index;
      for (const form of this.#formsByPrefix.get(hit[0]) ?? []) {
        if (plain.startsWith(form, from)) covered.push({ from, to: from + form.length });
        else if (isBeginningOf(form, plain, from)) undecidedFrom = Math.min(undecidedFrom, from);
      }
      this.#prefixes.lastIndex = from + 1;
    }
    for (let from = Math.max(0, plain.length - PREFIX + 1); from < undecidedFrom; from += 1) {
      if (this.#forms.some((form) => isBeginningOf(form, plain, from))) undecidedFrom = from;
    }
    return { covered: joined(covered), undecidedFrom };
  }

  /** Gives out `raw` up to `end`, a position in `plain`, and holds the rest. */
  #emit(raw: string, plain: string, covered: readonly Range[], end: number): string {
    let masked = '';
    let position = 0;
    let taken = 0;
    for (const [index, part] of raw.split(COLOUR).entries()) {
      const isColour = index % 2 === 1;
      const length = isColour ? part.length : Math.min(part.length, end - position);
      masked += isColour ? part : this.#maskPart(plain, position, position + length, covered);
      taken += length;
      if (isColour) continue;
      position += length;
      if (length < part.length) break;
    }
    this.#held = raw.slice(taken);
    this.#heldCovered = Math.max(0, (covered.findLast(({ from }) => from <= end)?.to ?? 0) - end);
    return masked;
  }

  #maskPart(plain: string, start: number, end: number, covered: readonly Range[]): string {
    let masked = '';
    let at = start;
    for (const { from, to } of covered) {
      if (to <= at || from >= end) continue;
      if (from > at) masked += this.#open(plain.slice(at, from));
      if (!this.#inRun) masked += MASK;
      this.#inRun = true;
      at = Math.min(to, end);
    }
    return at < end ? masked + this.#open(plain.slice(at, end)) : masked;
  }

  #open(text: string): string {
    this.#inRun = false;
    return text;
  }
}

interface Range {
  readonly from: number;
  readonly to: number;
}

function isBeginningOf(form: string, text: string, from: number): boolean {
  const rest = text.length - from;
  return rest < form.length && form.startsWith(text.slice(from));
}

/** Ranges that overlap or touch become one. Given and returned in the order of their start. */
function joined(ranges: readonly Range[]): Range[] {
  const result: Range[] = [];
  for (const range of ranges) {
    const last = result.at(-1);
    if (last && range.from <= last.to) result[result.length - 1] = { from: last.from, to: Math.max(last.to, range.to) };
    else result.push(range);
  }
  return result;
}

function escapeForRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
