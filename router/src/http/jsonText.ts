/**
 * JSON as clients send it, held to what the rest can bear. `JSON.parse` takes the last of two equal names without a word,
 * which lets whoever looks before us (a firewall, a log) see another request than the one that runs; and it nests deeper
 * than the recursion of those who read its result.
 */
export interface JsonBounds {
  /** Lists and objects inside each other. */
  readonly depth: number;
  /** Items of one list. */
  readonly items: number;
}

export const jsonBounds: JsonBounds = { depth: 32, items: 10_000 };

/** The text is no JSON, or beyond the bounds. The message is for the client. */
export class JsonRefused extends Error {}

/** @throws {JsonRefused} */
export function parseJsonText(text: string, bounds: JsonBounds = jsonBounds): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new JsonRefused('is no JSON');
  }
  if (typeof value === 'object' && value !== null) checkStructure(text, bounds);
  return value;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;

interface Container {
  /** Of an object: the names so far. */
  readonly names: Set<string> | undefined;
  /** Of a list: how many commas. */
  commas: number;
}

/** @param text valid JSON, so that only what opens, closes and separates matters */
function checkStructure(text: string, { depth, items }: JsonBounds): void {
  const open: Container[] = [];
  let isName = false;
  for (let at = 0; at < text.length; at += 1) {
    const container = open.at(-1);
    switch (text.charCodeAt(at)) {
      case QUOTE: {
        const end = endOfString(text, at);
        if (isName && container?.names) addName(container.names, text.slice(at, end + 1));
        isName = false;
        at = end;
        break;
      }
      case OPEN_OBJECT:
      case OPEN_LIST:
        isName = text.charCodeAt(at) === OPEN_OBJECT;
        if (open.length >= depth) throw new JsonRefused(`is nested more than ${depth} levels deep`);
        open.push({ names: isName ? new Set() : undefined, commas: 0 });
        break;
      case CLOSE_OBJECT:
      case CLOSE_LIST:
        isName = false;
        open.pop();
        break;
      case COMMA:
        if (!container) break;
        isName = container.names !== undefined;
        container.commas += 1;
        if (!isName && container.commas >= items) throw new JsonRefused(`has a list of more than ${items} items`);
    }
  }
}

function addName(names: Set<string>, quoted: string): void {
  // Two spellings of one name are one name.
  const name = quoted.includes('\\') ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
  if (names.has(name)) throw new JsonRefused('names something twice in one object');
  names.add(name);
}

/** @param at where a string begins @returns where its closing quote is */
function endOfString(text: string, at: number): number {
  for (let end = text.indexOf('"', at + 1); end > 0; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}
