import fc from 'fast-check';
import { createLineFolder, LINE_LIMIT_BYTES } from './lineFolder.ts';

function folded(limit: number, ...pieces: string[]): string {
  const folder = createLineFolder(limit);
  return pieces.map((piece) => folder.write(piece)).join('') + folder.end();
}

test('a line of 64 KiB stays whole, and one byte more is folded', () => {
  const line = 'x'.repeat(LINE_LIMIT_BYTES);
  expect(folded(LINE_LIMIT_BYTES, `${line}\n`)).toBe(`${line}\n`);
  expect(folded(LINE_LIMIT_BYTES, `${line}y\n`)).toBe(`${line}\ny\n`);
});

test('a progress bar of any length is many short lines', () => {
  const bar = '50 %\r'.repeat(100);
  expect(folded(8, bar)).toBe(bar);
});

test('no line is longer than the limit, only line feeds are added, and cutting changes nothing', () => {
  const unit = fc.constantFrom('a', 'ü', '漢', '👧', '\n', '\r');
  fc.assert(
    fc.property(fc.integer({ min: 4, max: 12 }), fc.array(fc.string({ unit, maxLength: 30 })), (limit, pieces) => {
      const text = pieces.join('');
      const whole = folded(limit, text);
      expect(folded(limit, ...pieces)).toBe(whole);
      for (const line of whole.split(/[\r\n]/)) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(limit);
      expect(whole.replaceAll('\n', '')).toBe(text.replaceAll('\n', ''));
      expect(whole.isWellFormed()).toBe(true);
    }),
  );
});
