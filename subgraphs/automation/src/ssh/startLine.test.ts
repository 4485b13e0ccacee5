import fc from 'fast-check';
import { StartLine } from './startLine.ts';

function pass(pieces: readonly Buffer[]): { own: string; processId: number | undefined; started: number } {
  let started = 0;
  const line = new StartLine('opsc:m:', () => (started += 1));
  const own = Buffer.concat(pieces.map((piece) => line.passThrough(piece))).toString('latin1');
  return { own, processId: line.processId, started };
}

test('the line and all before it are taken out, however they are cut', () => {
  const noise = fc.string({ unit: fc.constantFrom('o', 'p', 's', 'c', ':', 'm', '\n', '7'), maxLength: 20 });
  fc.assert(
    fc.property(
      noise.filter((text) => !text.includes('opsc:m:')),
      noise,
      (before, after) => {
        const text = `${before}\nopsc:m:42\n${after}`;
        const expected = { own: after, processId: 42, started: 1 };
        expect(pass([Buffer.from(text)])).toEqual(expected);
        expect(pass([...text].map((character) => Buffer.from(character)))).toEqual(expected);
      },
    ),
  );
});

test('without the line there is no output, and the last 64 KiB of noise are remembered', () => {
  const line = new StartLine('opsc:m:', () => {});
  for (let piece = 0; piece < 10; piece += 1)
    expect(line.passThrough(Buffer.alloc(32_768, 48 + piece))).toHaveLength(0);
  expect(line.noise).toHaveLength(65_536);
  expect(line.noise.toString('latin1', 65_535)).toBe('9');
});
