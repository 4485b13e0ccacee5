import fc from 'fast-check';
import { createTerminalCleaner } from './terminal.ts';

const ESC = '\x1b';

function cleaned(...pieces: string[]): string {
  const cleaner = createTerminalCleaner();
  return pieces.map((piece) => cleaner.write(piece)).join('') + cleaner.end();
}

test.each<[string, string, string]>([
  ['printable text, tabs and line ends', 'a\tb\r\nç 漢字 👩‍👩‍👧\n', 'a\tb\r\nç 漢字 👩‍👩‍👧\n'],
  ['a progress bar', '10%\r20%\r', '10%\r20%\r'],
  [
    'colours',
    `${ESC}[1;31mred${ESC}[0m ${ESC}[38:2::1:2:3mrgb${ESC}[m`,
    `${ESC}[1;31mred${ESC}[0m ${ESC}[38:2::1:2:3mrgb${ESC}[m`,
  ],
])('%s are kept', (_what, text, expected) => {
  expect(cleaned(text)).toBe(expected);
});

test.each<[string, string, string]>([
  ['NUL is replaced', 'a\0b', 'a\uFFFDb'],
  ['bell, backspace and delete', 'a\x07b\bc\x7fd', 'abcd'],
  ['cursor moves and erasing', `a${ESC}[2J${ESC}[10;20Hb${ESC}[Kc${ESC}[?25l`, 'abc'],
  ['what only looks like a colour', `a${ESC}[>4;1mb${ESC}[1 mc`, 'abc'],
  ['a window title', `a${ESC}]0;evil\x07b`, 'ab'],
  ['a title ended by ST', `a${ESC}]0;evil${ESC}\\b`, 'ab'],
  ['a link, but not its text', `${ESC}]8;;http://x${ESC}\\text${ESC}]8;;${ESC}\\`, 'text'],
  ['a clipboard write', `a${ESC}]52;c;aGk=\x07b`, 'ab'],
  ['DCS, SOS, PM and APC', `a${ESC}Pq#0${ESC}\\b${ESC}Xx${ESC}\\c${ESC}^x${ESC}\\d${ESC}_x${ESC}\\e`, 'abcde'],
  ['8-bit sequences', 'a\x9b2Jb\x9d0;t\x9cc\x90q\x9cd\x85e', 'abcde'],
  ['charsets and resets', `a${ESC}(0b${ESC}cc${ESC}7d`, 'abcd'],
  ['an escape at the very end', `a${ESC}`, 'a'],
  ['a sequence cut off by the end', `a${ESC}[12;`, 'a12;'],
])('%s', (_what, text, expected) => {
  expect(cleaned(text)).toBe(expected);
});

test('an unterminated title hides the rest of its line and no more', () => {
  expect(cleaned(`${ESC}]0;hidden\nseen`)).toBe('\nseen');
});

test('an unterminated title without a line end hides 4,096 characters and no more', () => {
  expect(cleaned(`${ESC}]${'x'.repeat(5_000)}`)).toBe('x'.repeat(5_000 - 4_096));
});

test('nothing is held back while no sequence is open', () => {
  expect(createTerminalCleaner().write(`text${ESC}[0m`)).toBe(`text${ESC}[0m`);
});

const piece = fc.oneof(
  fc.constantFrom(
    ESC,
    `${ESC}[`,
    `${ESC}]`,
    `${ESC}P`,
    `${ESC}\\`,
    '[',
    ']',
    ';',
    '31',
    'm',
    'H',
    '\x07',
    '\x9b',
    '\x9d',
    '\x9c',
    '\0',
    '\n',
    '\r',
    '(',
    ' ',
  ),
  fc.string({ unit: 'binary', maxLength: 4 }),
);

test('any way of cutting the text gives the same, and nothing unsafe is left', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      const text = pieces.join('');
      const whole = cleaned(text);
      expect(cleaned(...pieces)).toBe(whole);
      expect(cleaned(...text.split(''))).toBe(whole);
      // eslint-disable-next-line no-control-regex -- the point of the test
      expect(whole.replace(/\x1b\[[0-9;:]*m/g, '')).not.toMatch(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/);
    }),
    { numRuns: 2_000 },
  );
});

test.each(['\x9d', ESC, `${ESC}]`, `${ESC}[1`, '\0'])('32 KiB of %j take no longer than text', (unit) => {
  const text = unit.repeat(32_768 / unit.length);
  const started = performance.now();
  cleaned(text);
  expect(performance.now() - started).toBeLessThan(200);
});
