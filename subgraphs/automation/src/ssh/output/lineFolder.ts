import type { TextStage } from './stage.ts';
import { takeBytes } from './utf8.ts';

/** Longest line in bytes of UTF-8. */
export const LINE_LIMIT_BYTES = 65_536;

/**
 * Folds lines that are longer than {@link LINE_LIMIT_BYTES} by a line feed, so that whoever shows or parses output by
 * lines has a bound. Nothing is dropped. A carriage return begins a line too.
 */
export function createLineFolder(limit = LINE_LIMIT_BYTES): TextStage {
  let lineBytes = 0;

  const fold = (line: string): string => {
    let folded = '';
    let rest = line;
    for (;;) {
      const { taken, bytes } = takeBytes(rest, limit - lineBytes);
      folded += taken;
      lineBytes += bytes;
      rest = rest.slice(taken.length);
      if (!rest) return folded;
      folded += '\n';
      lineBytes = 0;
    }
  };

  return {
    write(text) {
      const bytes = Buffer.byteLength(text);
      const lastLine = Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r')) + 1;
      if (lineBytes + bytes <= limit) {
        lineBytes = lastLine > 0 ? Buffer.byteLength(text.slice(lastLine)) : lineBytes + bytes;
        return text;
      }
      const parts = text.split(/([\r\n]+)/);
      return parts
        .map((part, index) => {
          if (index % 2 === 0) return fold(part);
          lineBytes = 0;
          return part;
        })
        .join('');
    },
    end: () => '',
  };
}
