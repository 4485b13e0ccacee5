import { shellQuote } from '../shellQuote.ts';

/** Shortest text that is masked. Below it, masking would hit more innocent text than secrets. */
export const SHORTEST_FORM = 4;
/** Shortest line of a secret of several lines: `true` or `}` alone tell nothing of a JSON document. */
const SHORTEST_LINE = 8;

/**
 * The forms in which a secret may appear in output: as it is, line by line, in base64 (three alignments, both
 * alphabets), in hex, and escaped for URLs, JSON and shells. Line breaks around the secret do not count as part of it.
 * Not found are forms that a tool breaks into lines, such as the base64 of a long secret.
 *
 * @returns distinct texts, each at least {@link SHORTEST_FORM} characters; empty for a secret too short to mask
 */
export function formsOf(secret: string): readonly string[] {
  const core = secret.toWellFormed().replace(/^[\r\n]+|[\r\n]+$/g, '');
  if (core.length < SHORTEST_FORM) return [];
  const forms = [
    core,
    ...linesOf(core),
    ...base64Of(core),
    ...hexOf(core),
    ...urlEscapesOf(core),
    ...jsonEscapesOf(core),
    ...shellEscapesOf(core),
  ];
  return [...new Set(forms)].filter((form) => form.length >= SHORTEST_FORM);
}

function linesOf(secret: string): string[] {
  const lines = secret.split(/[\r\n]+/).map((line) => line.trim());
  return lines.filter((line) => line.length >= SHORTEST_LINE);
}

/**
 * The secret may begin at any of three offsets in a group of base64. Characters that depend on its neighbours too are
 * not part of the form; where it ends the encoded text, its last character and the padding are.
 */
function base64Of(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    const first = Math.ceil((offset * 8) / 6);
    const inside = encoded.slice(first, Math.floor(((offset + bytes.length) * 8) / 6));
    return [inside, encoded.slice(first)].flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')]);
  });
}

function hexOf(secret: string): string[] {
  const hex = Buffer.from(secret).toString('hex');
  return [hex, hex.toUpperCase()];
}

function urlEscapesOf(secret: string): string[] {
  const lenient = encodeURIComponent(secret);
  const strict = lenient.replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
  const forms = [lenient, strict, encodeURI(secret)];
  return forms
    .flatMap((form) => [form, form.replaceAll('%20', '+')])
    .flatMap((form) => [form, form.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase())]);
}

function jsonEscapesOf(secret: string): string[] {
  const plain = JSON.stringify(secret).slice(1, -1);
  // What writers that keep to ASCII make of the rest: Python's json, PHP's json_encode.
  const ascii = plain.replace(/[\x7f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return [plain, ascii].flatMap((form) => [form, form.replaceAll('/', '\\/')]);
}

function shellEscapesOf(secret: string): string[] {
  return [
    shellQuote(secret).slice(1, -1),
    // How dash and busybox write a single quote under `set -x`.
    secret.replaceAll("'", `'"'"'`),
    // Inside double quotes.
    secret.replace(/["$`\\]/g, '\\$&'),
    // `printf %q` of bash and ksh.
    secret.replace(/[^\w@%+=:,./\-\u0080-\uffff]/g, '\\$&'),
    // $'...': `set -x` and `printf %q` of bash for a text with control characters.
    secret.replace(/[\\']/g, '\\$&').replace(/[\n\r\t]/g, (control) => JSON.stringify(control).slice(1, -1)),
  ];
}
