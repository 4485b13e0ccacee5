import { ExpressionFault } from './fault.ts';

/** A piece of a template: text as it is, or an expression and where it starts. */
export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'expression'; readonly expression: string; readonly start: number };

const OPEN = '${{';

/**
 * Cuts a template at its `${{ expression }}`. Braces and texts inside of an expression do not end it:
 * `${{ {"a": "}}"}.a }}` is one. A text with `${{` in it is written `${{ "${{" }}`.
 * @throws {ExpressionFault} SYNTAX when an expression does not end
 */
export function parseTemplate(template: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  let position = 0;
  for (;;) {
    const open = template.indexOf(OPEN, position);
    const text = template.slice(position, open === -1 ? undefined : open);
    if (text !== '') parts.push({ kind: 'text', text });
    if (open === -1) return parts;
    const start = open + OPEN.length;
    const end = findEnd(template, start);
    if (end === undefined)
      throw new ExpressionFault({
        code: 'SYNTAX',
        message: 'The expression that begins here has no }}.',
        start: open,
        end: template.length,
      });
    parts.push({ kind: 'expression', expression: template.slice(start, end), start });
    position = end + 2;
  }
}

/** Tokens of CEL inside of which braces mean nothing: texts, raw ones, and comments. */
const opaque =
  /[rR]?[bB]?[rR]?(?:"""(?:[^\\]|\\[^])*?"""|'''(?:[^\\]|\\[^])*?'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|\/\/[^\n]*/y;
const rawText = /[bB]?[rR][bB]?(?:"""[^]*?"""|'''[^]*?'''|"[^"\n]*"|'[^'\n]*')/y;

/** @returns where the `}}` of the expression that begins at `start` is */
function findEnd(template: string, start: number): number | undefined {
  let depth = 0;
  for (let position = start; position < template.length;) {
    const length = matchAt(rawText, template, position) || matchAt(opaque, template, position);
    if (length > 0) {
      position += length;
      continue;
    }
    const character = template[position];
    if (character === '{') depth += 1;
    if (character === '}') {
      if (depth === 0) return template[position + 1] === '}' ? position : undefined;
      depth -= 1;
    }
    position += 1;
  }
  return undefined;
}

function matchAt(pattern: RegExp, text: string, position: number): number {
  pattern.lastIndex = position;
  return pattern.exec(text)?.[0].length ?? 0;
}
