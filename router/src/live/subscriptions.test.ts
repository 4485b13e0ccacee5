/** Subscriptions across a reload of the supergraph. */
import { buildSchema, parse } from 'graphql';
import { anonymous } from '@opsconductor/authz';
import { createLog, createMetrics } from '@opsconductor/telemetry';
import { asRefusal } from '../errors/requestRefused.ts';
import { createRouterMetrics } from '../metrics.ts';
import type { OperationRequest, PreparedOperation } from '../operations/operation.ts';
import { createMemoryWakeUps } from '../testing/memoryWakeUps.ts';
import { VirtualClock } from '../testing/virtualClock.ts';
import { createSubscriptions } from './subscriptions.ts';
import type { LiveGraph } from './subscriptions.ts';
import { readTopic } from './topic.ts';

function graphWith(topic: string, fields = 'name: String'): LiveGraph {
  const job = `job(id: ID!): Job`;
  return {
    schema: buildSchema(`type Query { ${job} } type Subscription { ${job} } type Job { ${fields} }`),
    fields: new Map([['job', { name: 'job', topic: readTopic(topic) }]]),
  };
}

function start(query: string) {
  const state = { graph: graphWith('job.{id}'), name: 'before', asked: [] as OperationRequest[] };
  const [clock, wakeUps, controller] = [new VirtualClock(), createMemoryWakeUps(), new AbortController()];
  const subscriptions = createSubscriptions({
    graph: () => state.graph,
    operations: {
      async execute(request) {
        state.asked.push(request);
        return { data: { job: { name: state.name } } };
      },
      present: (refusal) => ({ errors: asRefusal(refusal).errors.map((error) => error.toJSON()) }),
    },
    wakeUps,
    settings: { backstopSeconds: 15, pushIntervalMs: 50 },
    metrics: createRouterMetrics(createMetrics()),
    log: createLog('test', { level: 'silent' }),
    clock,
    random: () => 0.5,
  });
  const document = parse(query);
  const prepared = { query, document, operation: document.definitions[0] } as PreparedOperation;
  const caller = { viewer: anonymous, requestId: 'r', signal: controller.signal };
  return { state, clock, wakeUps, subscriptions, answers: subscriptions.open(prepared, caller, 'test') };
}

test('a subscription that holds in the new supergraph goes on there, woken by what wakes it there', async () => {
  const { state, clock, wakeUps, subscriptions, answers } = start('subscription { job(id: "j1") { name } }');
  await answers.next();
  expect(wakeUps.topics).toEqual(['job.j1']);
  const next = answers.next();
  Object.assign(state, { graph: graphWith('jobs'), name: 'after' });
  subscriptions.reload();
  await clock.advance(50);
  expect((await next).value).toEqual({ data: { job: { name: 'after' } } });
  expect(wakeUps.topics).toEqual(['jobs']);
  await answers.return('completed');
  expect([wakeUps.topics, clock.pending]).toEqual([[], 0]);
});

test('one that does not hold there any more says why and ends', async () => {
  const { state, clock, wakeUps, subscriptions, answers } = start('subscription { job(id: "j1") { name } }');
  await answers.next();
  const next = answers.next();
  state.graph = graphWith('job.{id}', 'title: String');
  subscriptions.reload();
  await clock.advance(50);
  expect((await next).value).toMatchObject({ errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] });
  expect(await answers.next()).toEqual({ done: true, value: 'refused' });
  expect([state.asked.length, wakeUps.topics]).toEqual([1, []]);
});
