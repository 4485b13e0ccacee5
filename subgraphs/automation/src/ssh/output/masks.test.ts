import { Secret } from '@opsconductor/vault';
import fc from 'fast-check';
import { MASK } from './masker.ts';
import { Masks } from './masks.ts';
import { withoutColours } from './terminal.ts';

function mask(secrets: readonly string[], pieces: readonly string[]): string {
  const masker = Masks.of(secrets.map((secret) => Secret.from(secret))).createMasker();
  return pieces.map((piece) => masker.write(piece)).join('') + masker.end();
}

const secret = `pa$$"wo'rd/ü & more\\`;
const bytes = Buffer.from(secret);

test.each<[string, string]>([
  ['as it is', secret],
  ['in base64', bytes.toString('base64')],
  [
    'in base64 after one byte',
    Buffer.concat([Buffer.from(':'), bytes])
      .toString('base64')
      .slice(2),
  ],
  [
    'in base64 after two bytes',
    Buffer.concat([Buffer.from('a:'), bytes])
      .toString('base64')
      .slice(3),
  ],
  ['in base64 for URLs', bytes.toString('base64url')],
  ['in hex', bytes.toString('hex')],
  ['in upper-case hex', bytes.toString('hex').toUpperCase()],
  ['URL-escaped', encodeURIComponent(secret)],
  ['as a form value', new URLSearchParams([['', secret]]).toString().slice(1)],
  ['JSON-escaped', JSON.stringify(secret).slice(1, -1)],
  ['JSON-escaped to ASCII', JSON.stringify(secret).slice(1, -1).replace('ü', '\\u00fc')],
  ['JSON-escaped as PHP does', JSON.stringify(secret).slice(1, -1).replace('/', '\\/')],
  ['shell-quoted', `pa$$"wo'\\''rd/ü & more\\`],
  ['shell-quoted as dash does', `pa$$"wo'"'"'rd/ü & more\\`],
  ['in double quotes', `pa\\$\\$\\"wo'rd/ü & more\\\\`],
  ['as printf %q does', `pa\\$\\$\\"wo\\'rd/ü\\ \\&\\ more\\\\`],
  ['in red', `\x1b[31m${secret.split('').join('\x1b[m\x1b[31m')}\x1b[m`],
])('a secret %s is masked', (_form, text) => {
  const masked = mask([secret], [`<${text}>`]);
  expect(withoutColours(masked)).toMatch(/^<(\*{6}=*|\*{6}.)>$/);
});

test('every line of a secret of several lines is masked, in any order and with any line end', () => {
  const key = '-----BEGIN KEY-----\nb3BlbnNzaC1rZXk\nAAAAC3NzaC1lZDI\n-----END KEY-----\n';
  expect(mask([key], ['x AAAAC3NzaC1lZDI\r\nb3BlbnNzaC1rZXk y'])).toBe(`x ${MASK}\r\n${MASK} y`);
});

test('the line end of a secret that came from a file does not matter', () => {
  expect(mask(['s3cret\n'], ['s3cret!'])).toBe(`${MASK}!`);
});

test('occurrences that overlap or touch are one', () => {
  expect(mask(['abcde', 'defgh'], ['-abcdefgh-abcdeabcde-'])).toBe(`-${MASK}-${MASK}-`);
});

test('a secret that cleaning changes is found as it is after cleaning', () => {
  expect(mask(['ab\x07cd\x1b[31mef'], ['abcdef'])).toBe(MASK);
});

test('secrets of fewer than four characters are reported and not masked', () => {
  const [short, long] = [Secret.from('abc'), Secret.from('abcd')];
  const masks = Masks.of([short, long]);
  expect(masks.tooShort).toEqual([short]);
  expect(masks.createMasker().write('abc- abcd-')).toBe(`abc- ${MASK}-`);
});

test('a tail is held back only while it is the beginning of a form', () => {
  const masker = Masks.of([Secret.from('swordfish')]).createMasker();
  expect(masker.write('a sword')).toBe('a ');
  expect(masker.write('fi')).toBe('');
  expect(masker.write('ght, not a fish')).toBe('swordfight, not a fish');
});

test('an endless row of colours does not grow the memory', () => {
  const masker = Masks.of([Secret.from('swordfish')]).createMasker();
  masker.write('sw');
  const given = Array.from({ length: 20 }, () => masker.write('\x1b[31m'.repeat(10_000)).length);
  expect(given.reduce((sum, length) => sum + length, 0)).toBeGreaterThan(700_000);
});

const letter = fc.constantFrom('a', 'b', 'ü', '\n');
const text = fc.string({ unit: letter, maxLength: 60 });
const colour = fc.constantFrom('', '', '', '\x1b[31m', '\x1b[m');

test('any way of cutting the text gives the same, and no secret survives', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: letter, minLength: 4, maxLength: 7 }), { minLength: 1, maxLength: 3 }),
      fc.array(fc.tuple(text, colour), { maxLength: 8 }),
      (secrets, parts) => {
        const pieces = parts.flat();
        const masked = mask(secrets, pieces);
        expect(masked).toBe(mask(secrets, [pieces.join('')]));
        const seen = withoutColours(masked);
        for (const known of secrets.map((form) => form.replace(/^\n+|\n+$/g, '')).filter((form) => form.length >= 4))
          expect(seen).not.toContain(known);
      },
    ),
    { numRuns: 3_000 },
  );
});

test('text without secrets passes unchanged', () => {
  fc.assert(fc.property(fc.array(text), (pieces) => expect(mask(['swordfish'], pieces)).toBe(pieces.join(''))));
});

test('any secret in base64 of any surroundings is masked', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 5 }),
      fc.string({ minLength: 6, maxLength: 30, unit: 'grapheme' }),
      (before, value) => {
        fc.pre(!/\p{Cc}/u.test(value));
        const encoded = Buffer.concat([before, Buffer.from(value)]).toString('base64');
        const left = mask([value], [encoded]);
        expect(left).toContain(MASK);
        expect(left.replace(MASK, '').length).toBeLessThanOrEqual(Math.ceil((before.length * 4) / 3) + 1);
      },
    ),
  );
});
