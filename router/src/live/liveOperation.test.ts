import { buildSchema, getOperationAST, parse, validate } from 'graphql';
import { RequestRefused } from '../errors/requestRefused.ts';
import { composeSupergraph } from '../testing/graph.ts';
import { readLiveFields } from './liveFields.ts';
import { toLiveOperation } from './liveOperation.ts';

const schema = buildSchema(`
  directive @throttle(milliseconds: Int!) on SUBSCRIPTION
  type Query { job(id: ID!): Job jobEvents(jobId: ID!, after: String, first: Int = 2): Events! }
  type Subscription { job(id: ID!): Job jobEvents(jobId: ID!, after: String, first: Int = 2): Events! }
  type Job { id: ID! name: String! }
  type Events { nodes: [Job!]! pageInfo: PageInfo! }
  type PageInfo { endCursor: String hasNextPage: Boolean! }
`);
const fields = readLiveFields(composeSupergraph());

function live(query: string, variables: Record<string, unknown> = {}, operationName?: string) {
  const document = parse(query);
  const operation = getOperationAST(document, operationName);
  if (!operation) throw new Error('no operation');
  const named = operationName === undefined ? {} : { operationName };
  const result = toLiveOperation({ query, variables, document, operation, ...named }, fields, schema);
  expect(validate(schema, parse(result.request.query))).toEqual([]);
  return result;
}

const flat = (text: string) => text.replace(/\s+/g, ' ').trim();

test('a subscription becomes the query of the same fields', () => {
  const { request, topic, responseName, feed } = live('subscription S { it: job(id: "j.1") { name } }');
  expect(flat(request.query)).toBe('query S { it: job(id: "j.1") { name } }');
  expect([topic, responseName, feed]).toEqual(['job.j.1', 'it', undefined]);
});

test('fragments around the root are dissolved, those below kept, others dropped', () => {
  const { request, topic } = live(
    `subscription S($id: ID!) { ...Root } fragment Root on Subscription { job(id: $id) { ...Name } }
     fragment Name on Job { ...Id name } fragment Id on Job { id }
     query Other($x: ID!) { job(id: $x) { ...Name } }`,
    { id: 'j2' },
    'S',
  );
  expect(flat(request.query)).toBe(
    'query S($id: ID!) { job(id: $id) { ...Name } } fragment Name on Job { ...Id name } fragment Id on Job { id }',
  );
  expect([topic, request.operationName]).toEqual(['job.j2', 'S']);
});

test('the topic comes from variables and their defaults', () => {
  expect(live('subscription ($id: ID! = "d") { job(id: $id) { name } }').topic).toBe('job.d');
  expect(live('subscription ($id: ID!) { job(id: $id) { name } }', { id: 7 }).topic).toBe('job.7');
});

test('the topic has an id as it is stored, however the client writes it', () => {
  const id = '0199AB00-0000-7000-8000-00000000ABCD';
  const { topic, request } = live('subscription ($id: ID!) { job(id: $id) { name } }', { id });
  expect(topic).toBe('job.0199ab00-0000-7000-8000-00000000abcd');
  expect(request.variables).toEqual({ id });
  expect(live('subscription { job(id: "NOT-AN-ID") { name } }').topic).toBe('job.NOT-AN-ID');
});

test.each([
  ['subscription @throttle(milliseconds: 500) { job(id: "j") { name } }', {}, 500],
  ['subscription ($wait: Int!) @throttle(milliseconds: $wait) { job(id: "j") { name } }', { wait: 700 }, 700],
  ['subscription @throttle(milliseconds: -5) { job(id: "j") { name } }', {}, 0],
  ['subscription @throttle(milliseconds: 2000000000) { job(id: "j") { name } }', {}, 3_600_000],
  ['subscription { job(id: "j") { name } }', {}, 0],
])('%s is throttled as it says', (query, variables, expected) => {
  const { throttleMs, request } = live(query, variables);
  expect(throttleMs).toBe(expected);
  expect(flat(request.query)).toBe('{ job(id: "j") { name } }');
});

test('variables that the operation does not declare are left behind', () => {
  const { request } = live('subscription ($id: ID!) { job(id: $id) { name } }', { id: 'j', other: { deep: [] } });
  expect(request.variables).toEqual({ id: 'j' });
});

test('a feed asks for its page and takes its cursor from a variable of the router', () => {
  const { request, feed } = live(
    'subscription ($from: String) { jobEvents(jobId: "j", after: $from, first: 5) { nodes { name } } }',
    { from: '40' },
  );
  expect(flat(request.query)).toBe(
    'query ($opscLiveCursor: String) { jobEvents(jobId: "j", first: 5, after: $opscLiveCursor) ' +
      '{ nodes { name } opscLivePage: pageInfo { endCursor hasNextPage } } }',
  );
  expect(feed).toEqual({ cursorVariable: 'opscLiveCursor', pageAlias: 'opscLivePage', start: '40' });
});

test('names that the client uses are left to it', () => {
  const { feed } = live(
    'subscription { jobEvents(jobId: "j") { opscLivePage: pageInfo { endCursor } nodes { name } } }',
  );
  expect(feed).toEqual({ cursorVariable: 'opscLiveCursor_', pageAlias: 'opscLivePage_', start: null });
});

test.each([
  ['an unknown field', 'subscription { job(id: 1) { nothing } }', 'GRAPHQL_VALIDATION_FAILED'],
  [
    'two root fields',
    'subscription { job(id: 1) { name } jobEvents(jobId: 1) { nodes { name } } }',
    'GRAPHQL_VALIDATION_FAILED',
  ],
  ['no field of Subscription', 'subscription { __typename }', 'GRAPHQL_VALIDATION_FAILED'],
  ['a missing variable', 'subscription ($id: ID!) { job(id: $id) { name } }', 'BAD_USER_INPUT'],
  ['a value beyond all bounds', `subscription { job(id: "${'x'.repeat(300)}") { name } }`, 'BAD_USER_INPUT'],
])('%s is refused', (_name, query, code) => {
  let thrown: unknown;
  try {
    live(query);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(RequestRefused);
  expect((thrown as RequestRefused).errors[0]?.extensions['code']).toBe(code);
});
