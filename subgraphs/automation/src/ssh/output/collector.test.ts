import { Secret } from '@opsconductor/vault';
import fc from 'fast-check';
import { OutputCollector } from './collector.ts';
import { Masks } from './masks.ts';

const masks = Masks.of([Secret.from('swordfish')]);

function collect(pieces: readonly Uint8Array[], limitBytes = 1 << 20): { text: string; truncated: boolean } {
  const collector = new OutputCollector(masks, limitBytes);
  for (const piece of pieces) collector.write('STDOUT', piece, 0);
  collector.end(0);
  let text = '';
  for (let chunk = collector.takeAny(); chunk; chunk = collector.takeAny()) text += chunk.text;
  return { text, truncated: collector.truncated };
}

/** Byte by byte. */
function single(text: string): Uint8Array[] {
  return [...Buffer.from(text)].map((byte) => Uint8Array.of(byte));
}

test('code points, sequences and secrets that are cut anywhere come out whole', () => {
  expect(collect(single('👧 \x1b[31mü\x1b[2K swordfish\n')).text).toBe('👧 \x1b[31mü ******\n');
});

test('a sequence within a secret does not hide it', () => {
  expect(collect([Buffer.from('sword\x1b[2K\x1b]0;x\x07fish sw\bord')]).text).toBe('****** sword');
});

test('any bytes become text that PostgreSQL takes', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 20 })), (pieces) => {
      const { text } = collect(pieces);
      expect(text.isWellFormed()).toBe(true);
      expect(text).not.toContain('\0');
      expect(text).toBe(collect([Buffer.concat(pieces)]).text);
    }),
  );
});

test('output of exactly the limit is whole, one byte more is cut and marked', () => {
  expect(collect([Buffer.from('12345678')], 8)).toEqual({ text: '12345678', truncated: false });
  expect(collect([Buffer.from('12345678'), Buffer.from('9'), Buffer.from('0')], 8)).toEqual({
    text: '12345678',
    truncated: true,
  });
});

test('the cut is between code points, and nothing follows it', () => {
  expect(collect([Buffer.from('abc漢'), Buffer.from('d')], 5)).toEqual({ text: 'abc', truncated: true });
});

test('the limit counts both streams', () => {
  const collector = new OutputCollector(masks, 6);
  collector.write('STDOUT', Buffer.from('1234'), 0);
  collector.write('STDERR', Buffer.from('5678'), 0);
  collector.end(0);
  expect([collector.takeAny(), collector.takeAny(), collector.takeAny()]).toEqual([
    { stream: 'STDOUT', text: '1234' },
    { stream: 'STDERR', text: '56' },
    undefined,
  ]);
  expect(collector.truncated).toBe(true);
});
