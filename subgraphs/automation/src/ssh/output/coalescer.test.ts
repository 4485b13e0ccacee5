import { Coalescer } from './coalescer.ts';
import type { OutputChunk } from './coalescer.ts';

test('text waits 100 ms for more, and goes as one chunk', () => {
  const coalescer = new Coalescer();
  coalescer.add('STDOUT', 'a\n', 0);
  coalescer.add('STDOUT', 'b\n', 60);
  expect(coalescer.dueAt).toBe(100);
  expect(coalescer.take(99)).toBeUndefined();
  expect(coalescer.take(100)).toEqual({ stream: 'STDOUT', text: 'a\nb\n' });
  expect(coalescer.dueAt).toBeUndefined();
});

test('16 KiB go at once, and no chunk is larger', () => {
  const coalescer = new Coalescer();
  const text = '漢'.repeat(6_000);
  coalescer.add('STDOUT', text, 0);
  const first = coalescer.take(0);
  expect(Buffer.byteLength(first?.text ?? '')).toBe(16_383);
  expect(coalescer.take(0)).toBeUndefined();
  expect(first?.text + (coalescer.takeAny()?.text ?? '')).toBe(text);
});

test('lines of both streams become two chunks, the stream that began first is first', () => {
  const coalescer = new Coalescer();
  for (let line = 0; line < 50; line += 1) coalescer.add(line % 2 ? 'STDOUT' : 'STDERR', `${line}\n`, line);
  const chunks: (OutputChunk | undefined)[] = [coalescer.take(101), coalescer.take(101), coalescer.take(101)];
  expect(chunks.map((chunk) => chunk?.stream)).toEqual(['STDERR', 'STDOUT', undefined]);
});

test('what is left over after a full chunk keeps its place and its age', () => {
  const coalescer = new Coalescer();
  coalescer.add('STDOUT', 'x'.repeat(20_000), 0);
  coalescer.add('STDERR', 'e', 10);
  expect(coalescer.take(10)?.text).toHaveLength(16_384);
  expect(coalescer.dueAt).toBe(100);
  expect(coalescer.takeAny()?.text).toHaveLength(20_000 - 16_384);
  expect(coalescer.takeAny()).toEqual({ stream: 'STDERR', text: 'e' });
  expect(coalescer.takeAny()).toBeUndefined();
});
