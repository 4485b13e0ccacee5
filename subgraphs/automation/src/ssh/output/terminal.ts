import type { TextStage } from './stage.ts';

/**
 * Makes text harmless for a terminal and for PostgreSQL. Kept: printable text, tab, line feed, carriage return (progress
 * bars) and colours (SGR). Removed: every other control character and control sequence of ECMA-48 (cursor moves, OSC,
 * DCS, charsets), 7-bit and 8-bit. NUL becomes U+FFFD.
 *
 * A control string (OSC, DCS, ...) ends at its terminator, at a line end, or after {@link CONTROL_STRING_LIMIT}
 * characters: an unterminated one must not hide the rest of the output from whoever reads it later.
 */
export function createTerminalCleaner(): TextStage {
  let held = '';
  return {
    write(text) {
      const input = held + text;
      held = '';
      return input.replace(UNSAFE_SO_FAR, (_all, incomplete?: string, sgr?: string, nul?: string) => {
        held = incomplete ?? '';
        return sgr ?? (nul === undefined ? '' : REPLACEMENT);
      });
    },
    end() {
      const input = held;
      held = '';
      return input.replace(UNSAFE, (_all, sgr?: string, nul?: string) => sgr ?? (nul === undefined ? '' : REPLACEMENT));
    },
  };
}

/** @param text cleaned text */
export function withoutColours(text: string): string {
  return text.replace(COLOURS, '');
}

const REPLACEMENT = '\uFFFD';
const CONTROL_STRING_LIMIT = 4_096;
const PARAMETERS_LIMIT = 64;

/** A colour or another rendition, as the source of a regular expression. */
export const SGR = String.raw`\x1b\[[0-9;:]{0,${PARAMETERS_LIMIT}}m`;
const COLOURS = new RegExp(SGR, 'g');
const CSI_BODY = String.raw`(?:\x1b\[|\x9b)[\x30-\x3f]{0,${PARAMETERS_LIMIT}}[\x20-\x2f]{0,4}`;
const STRING_START = String.raw`(?:\x1b[P\]X^_]|[\x90\x98\x9d-\x9f])`;
/** Up to a line end or to what terminates it: BEL, ST, CAN, SUB, or the escape of a new sequence. */
const STRING_BODY = String.raw`${STRING_START}[^\n\r\x07\x18\x1a\x1b\x9c]{0,${CONTROL_STRING_LIMIT}}`;
const ESCAPE_BODY = String.raw`\x1b[\x20-\x2f]{0,4}`;
const SINGLE = String.raw`[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]`;

const SEQUENCES = [
  `(${SGR})`,
  String.raw`(\0)`,
  String.raw`${CSI_BODY}[\x40-\x7e]`,
  String.raw`${STRING_BODY}(?:[\x07\x9c\x18\x1a]|\x1b\\)?`,
  String.raw`${ESCAPE_BODY}[\x30-\x7e]`,
  SINGLE,
].join('|');

const UNSAFE = new RegExp(SEQUENCES, 'g');

/** The same, and first of all the start of a sequence at the end of the text, which the next piece may complete. */
const UNSAFE_SO_FAR = new RegExp(String.raw`((?:${CSI_BODY}|${STRING_BODY}\x1b?|${ESCAPE_BODY})$)|${SEQUENCES}`, 'g');
