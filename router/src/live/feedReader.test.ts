import fc from 'fast-check';
import type { OperationResult } from '../operations/operation.ts';
import { Jobs } from '../testing/jobs.ts';
import { createFeedReader } from './feedReader.ts';

const feed = { cursorVariable: 'c', pageAlias: 'page', start: null };

/** A feed over the events of a job, a page of two at a time, read by the test. */
function startFeed(start: string | null = null) {
  const jobs = new Jobs();
  jobs.add('j');
  const failures: OperationResult[] = [];
  const read = async (cursor: string | null): Promise<OperationResult> => {
    const failure = failures.shift();
    if (failure) return failure;
    const { nodes, pageInfo } = jobs.page('j', cursor, 2);
    return { data: { feed: { nodes, page: pageInfo } } };
  };
  const reader = createFeedReader((cursor) => read(cursor), 'feed', { ...feed, start });
  return { jobs, failures, reader: () => reader(0) };
}

const itemsOf = (answer: OperationResult | undefined) =>
  (answer?.data?.['feed'] as { nodes: { sequence: number }[] } | undefined)?.nodes.map(({ sequence }) => sequence);

const unavailable: OperationResult = {
  data: { feed: null },
  errors: [{ message: 'x', path: ['feed'], extensions: { code: 'UNAVAILABLE' } }],
};

test('F1 the first answer is pushed even if it is empty, later empty ones are not', async () => {
  const { reader } = startFeed();
  expect(await reader()).toMatchObject({ answer: { data: { feed: { nodes: [] } } }, hasMore: false });
  expect((await reader()).answer).toBeUndefined();
});

test('F2 pages are read one after another until there is no next one', async () => {
  const { reader, jobs } = startFeed();
  for (const text of 'abcde') jobs.record('j', text);
  const readings = [await reader(), await reader(), await reader(), await reader()];
  expect(readings.map(({ answer }) => itemsOf(answer))).toEqual([[1, 2], [3, 4], [5], undefined]);
  expect(readings.map(({ hasMore }) => hasMore)).toEqual([true, true, false, false]);
});

test('F3 what the router asked for itself is not in the answer', async () => {
  const { reader } = startFeed();
  expect((await reader()).answer).toEqual({ data: { feed: { nodes: [] } } });
});

test('F4 a client that gives its cursor goes on from there', async () => {
  const { reader, jobs } = startFeed('3');
  for (const text of 'abcde') jobs.record('j', text);
  expect(itemsOf((await reader()).answer)).toEqual([4, 5]);
});

test('F5 a failure is pushed once and moves nothing; the first answer after it is pushed even if it is empty', async () => {
  const { reader, failures } = startFeed();
  await reader();
  failures.push(unavailable, unavailable);
  expect(await reader()).toMatchObject({ answer: unavailable, hasFailed: true, hasMore: false });
  expect((await reader()).answer).toBeUndefined();
  expect(itemsOf((await reader()).answer)).toEqual([]);
  failures.push(unavailable);
  expect((await reader()).answer).toEqual(unavailable);
});

test('F6 a page that says there is more but does not move is not read for ever', async () => {
  const stuck = async () => ({ data: { feed: { nodes: [], page: { endCursor: '1', hasNextPage: true } } } });
  const reader = createFeedReader(stuck, 'feed', { ...feed, start: '1' });
  expect(await reader(0)).toMatchObject({ hasMore: false });
});

test('F7 every item arrives exactly once and in order, whatever happens when, across a reconnect', async () => {
  const step = fc.oneof(fc.constant('record'), fc.constant('read'), fc.constant('fail'), fc.constant('reconnect'));
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      let live = startFeed();
      const { jobs } = live;
      const received: number[] = [];
      const take = async (): Promise<boolean> => {
        const { answer, hasMore } = await live.reader();
        received.push(...(itemsOf(answer) ?? []));
        return hasMore;
      };
      for (const action of steps) {
        if (action === 'record') jobs.record('j', 'x');
        if (action === 'read') await take();
        if (action === 'fail') live.failures.push(unavailable);
        if (action === 'reconnect') {
          const resumed = startFeed(received.length > 0 ? String(received.length) : null);
          resumed.jobs.events.set('j', jobs.events.get('j') ?? []);
          live = resumed;
        }
      }
      live.failures.splice(0);
      while (await take());
      expect(received).toEqual(jobs.events.get('j')?.map(({ sequence }) => sequence));
    }),
  );
});
