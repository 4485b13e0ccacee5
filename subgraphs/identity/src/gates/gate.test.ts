import { GateFull, createGate, createKeyedGate } from './gate.ts';

/** A work that ends when it is told to. */
function openWork() {
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  return { end, run: () => ended };
}

test('as many as allowed run at once, the others in the order in which they came', async () => {
  const gate = createGate({ atOnce: 2, waiting: 10, drainSeconds: 1 });
  const works = [0, 1, 2, 3].map(openWork);
  const began: number[] = [];
  const results = works.map(({ run }, index) =>
    gate(() => {
      began.push(index);
      return run().then(() => index);
    }),
  );
  expect(began).toEqual([0, 1]);
  works[1]?.end();
  await results[1];
  expect(began).toEqual([0, 1, 2]);
  for (const { end } of works) end();
  expect(await Promise.all(results)).toEqual([0, 1, 2, 3]);
});

test('what finds the queue full is refused at once and runs never', async () => {
  const gate = createGate({ atOnce: 1, waiting: 1, drainSeconds: 7 });
  const work = openWork();
  const accepted = [gate(work.run), gate(work.run)];
  await expect(gate(() => Promise.reject(new Error('ran')))).rejects.toThrow(new GateFull(7));
  work.end();
  await Promise.all(accepted);
});

test('a work that fails lets the next one in', async () => {
  const gate = createGate({ atOnce: 1, waiting: 1, drainSeconds: 1 });
  const failing = gate(() => Promise.reject(new Error('failed')));
  const next = gate(() => Promise.resolve('done'));
  await expect(failing).rejects.toThrow('failed');
  await expect(next).resolves.toBe('done');
});

test('keys do not wait for each other', async () => {
  const gate = createKeyedGate({ atOnce: 1, waiting: 1, drainSeconds: 1 });
  const work = openWork();
  const first = gate('one', work.run);
  const second = gate('one', () => Promise.resolve('second'));
  await expect(gate('two', () => Promise.resolve('other'))).resolves.toBe('other');
  await expect(gate('one', () => Promise.resolve('third'))).rejects.toThrow(GateFull);
  work.end();
  await first;
  await expect(second).resolves.toBe('second');
});
