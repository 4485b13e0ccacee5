import { readFileSync } from 'node:fs';
import { composeSupergraph, peopleSdl, workSdl } from '../testing/graph.ts';
import { UnservableSubscription, readLiveFields } from './liveFields.ts';

const composed = (change: (sdl: string) => string) => composeSupergraph({ people: peopleSdl, work: change(workSdl) });

/** Changes the Subscription type only. */
const inSubscription = (from: string | RegExp, to: string) => (sdl: string) => {
  const [before = '', after = ''] = sdl.split('type Subscription');
  return `${before}type Subscription${after.replace(from, to)}`;
};

test('reads topics and cursors', () => {
  const fields = readLiveFields(composeSupergraph());
  expect(fields.get('job')).toEqual({
    name: 'job',
    topic: { text: 'job.{id}', placeholders: ['id'] },
    cursor: undefined,
  });
  expect(fields.get('jobEvents')).toMatchObject({
    topic: { placeholders: ['jobId'] },
    cursor: { argument: 'after', type: 'String' },
  });
});

test('every subscription of the committed supergraph can be served', () => {
  const sdl = readFileSync(new URL('../../../schema/supergraph.graphql', import.meta.url), 'utf8');
  expect([...readLiveFields(sdl).keys()]).toContain('executionEvents');
});

test.each([
  ['no @live', inSubscription('@live(topic: "job.{id}")', ''), 'it has no @live'],
  ['another name', inSubscription('job(id: ID!)', 'task(id: ID!)'), 'no Query field of this name'],
  ['another type', inSubscription('job(id: ID!): Job', 'job(id: ID!): Job!'), 'has another type'],
  ['other arguments', inSubscription('first: Int = 2', 'first: Int = 3'), 'has other arguments'],
  ['other permissions', inSubscription('execution:read', 'execution:start'), 'asks for other permissions'],
  ['a topic of nothing', inSubscription('job.{id}', 'job.{name}'), '{name}, which is no argument'],
  ['a topic that may be null', inSubscription('job.{jobId}.events', 'job.{after}'), 'may be null'],
  ['a cursor of nothing', inSubscription('cursor: "after"', 'cursor: "from"'), '"from", which is no argument'],
  ['a cursor that is no text', inSubscription('cursor: "after"', 'cursor: "first"'), 'not a nullable String'],
  ['a feed without pages', inSubscription('"job.{id}"', '"job.{id}", cursor: "id"'), 'not a nullable String'],
])('a subscription with %s keeps the router from starting', (_name, change, reason) => {
  const read = () => readLiveFields(composed(change));
  expect(read).toThrow(UnservableSubscription);
  expect(read).toThrow(reason);
});

test('a feed needs pageInfo with both fields', () => {
  const change = (sdl: string) => sdl.replace('nodes: [JobEvent!]! pageInfo: PageInfo!', 'nodes: [JobEvent!]!');
  expect(() => readLiveFields(composed(change))).toThrow('needs pageInfo { endCursor hasNextPage }');
});
