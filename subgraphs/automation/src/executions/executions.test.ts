import { anonymous } from '@opsconductor/authz';
import type { Permission } from '@opsconductor/authz';
import { createWorld, viewerWith } from '../testing/world.ts';
import type { AutomationWorld, TestData } from '../testing/world.ts';
import { cutIntoShards, planLanes } from '../engine/fanOut/planFanOut.ts';
import { cutToLastBytes } from './loaders.ts';

const admin = viewerWith();
const start = /* GraphQL */ `
  mutation ($input: StartExecutionInput!) {
    startExecution(input: $input) {
      __typename
      ... on Refusal {
        message
      }
      ... on InvalidInput {
        field
      }
      ... on TargetNotFound {
        ids
      }
      ... on IdempotencyConflict {
        execution {
          id
        }
      }
      ... on ExecutionStarted {
        execution {
          id
          status
          counts {
            total
            pending
          }
          tasks {
            nodes {
              targetName
              status
              target {
                id
              }
            }
          }
        }
      }
    }
  }
`;
const cancel = /* GraphQL */ `
  mutation ($id: ID!) {
    cancelExecution(input: { id: $id }) {
      __typename
      ... on Refusal {
        message
      }
      ... on ExecutionCancelling {
        execution {
          id
          status
        }
      }
      ... on ExecutionAlreadyFinished {
        execution {
          status
        }
      }
    }
  }
`;
const feed = /* GraphQL */ `
  query ($id: ID!, $after: String, $first: Int = 200) {
    executionEvents(executionId: $id, after: $after, first: $first) {
      nodes {
        __typename
        sequence
        cursor
        ... on ExecutionStatusChanged {
          status
        }
        ... on TaskStatusChanged {
          taskStatus: status
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`;

let world: AutomationWorld;
let targets: string[];
const nowhere = {
  address: '127.0.0.1',
  port: 1,
  username: 'nobody',
  authentication: { kind: 'password', password: 'x' },
} as const;

beforeAll(async () => {
  world = await createWorld();
  targets = ['a', 'b', 'c'].map((name) => world.fleet.add(name, nowhere));
});
afterAll(() => world.close());

async function startOn(targetIds: readonly string[], change: TestData = {}): Promise<TestData> {
  const input = { command: 'true', selection: { targetIds }, ...change };
  return (await world.execute(admin, start, { input })).data.startExecution;
}

test('a start is recorded whole: execution, tasks, shards, the first event and the jobs', async () => {
  const { __typename, execution } = await startOn(targets);
  expect(__typename).toBe('ExecutionStarted');
  expect(execution).toMatchObject({ status: 'PENDING', counts: { total: 3, pending: 3 } });
  expect(execution.tasks.nodes.map(({ targetName }: TestData) => targetName)).toEqual(['a', 'b', 'c']);
  const shards = await world.prisma.shard.findMany({ where: { executionId: execution.id } });
  const jobs = await world.queue.fetch<{ shardId: string }>('automation.shard', 10);
  expect(jobs.map(({ data }) => data.shardId)).toEqual(shards.map(({ id }) => id));
  await world.queue.fail('automation.shard', jobs, 'only looked at');
});

test.each([
  [{ command: '  ' }, 'command'],
  [{ command: 'a\0b' }, 'command'],
  [{ command: 'x'.repeat(128 * 1024 + 1) }, 'command'],
  [{ timeoutSeconds: 0 }, 'timeoutSeconds'],
  [{ timeoutSeconds: 90_000 }, 'timeoutSeconds'],
  [{ selection: {} }, 'selection'],
  [{ selection: { targetIds: [] } }, 'selection'],
  [{ idempotencyKey: '' }, 'idempotencyKey'],
])('an input that makes no sense is refused by its field %#', async (change, field) => {
  expect(await startOn(targets, change)).toMatchObject({ __typename: 'InvalidInput', field });
});

test('a filter selects, beside ids; one that is none is refused where it is given', async () => {
  const { execution } = await startOn([targets[0]!], { selection: { targetIds: [targets[0]!], filter: 'name=b' } });
  expect(execution.tasks.nodes.map(({ targetName }: TestData) => targetName)).toEqual(['a', 'b']);
  expect(await startOn([], { selection: { filter: 'nonsense' } })).toMatchObject({
    __typename: 'InvalidInput',
    field: 'selection.filter',
  });
  expect(await startOn([], { selection: { filter: 'name=nobody' } })).toMatchObject({ __typename: 'NoTargetSelected' });
});

test('one key, another filter: a conflict', async () => {
  const idempotencyKey = 'one-key-two-filters';
  await startOn([], { selection: { filter: 'name=a' }, idempotencyKey });
  expect(await startOn([], { selection: { filter: 'name=b' }, idempotencyKey })).toMatchObject({
    __typename: 'IdempotencyConflict',
  });
});

test('one unknown target among many starts nothing', async () => {
  const before = await world.prisma.execution.count();
  expect(await startOn([...targets, 'nonsense'])).toMatchObject({ __typename: 'TargetNotFound', ids: ['nonsense'] });
  expect(await world.prisma.execution.count()).toBe(before);
});

test('twenty calls with one idempotency key start one execution; other content is a conflict', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => startOn(targets, { idempotencyKey: 'k' })));
  expect(new Set(answers.map(({ execution }) => execution.id)).size).toBe(1);
  expect(await startOn(targets, { idempotencyKey: 'k', command: 'false' })).toMatchObject({
    __typename: 'IdempotencyConflict',
    execution: { id: answers[0].execution.id },
  });
});

test('cancelling what waits ends it at once; cancelling again says that it has ended', async () => {
  const { execution } = await startOn(targets);
  const { data } = await world.execute(admin, cancel, { id: execution.id });
  expect(data.cancelExecution).toMatchObject({ execution: { status: 'CANCELLED' } });
  const again = await world.execute(admin, cancel, { id: execution.id });
  expect(again.data.cancelExecution).toMatchObject({
    __typename: 'ExecutionAlreadyFinished',
    execution: { status: 'CANCELLED' },
  });
  const { nodes } = (await world.execute(admin, feed, { id: execution.id })).data.executionEvents;
  expect(nodes.map(({ status, taskStatus }: TestData) => status ?? taskStatus)).toEqual([
    'PENDING',
    'CANCELLING',
    'CANCELLED',
    'CANCELLED',
    'CANCELLED',
    'CANCELLED',
  ]);
});

test('what does not exist is refused or null, and never a fault', async () => {
  for (const id of ['nonsense', '01990000-0000-7000-8000-000000000000']) {
    const { data, errors } = await world.execute(admin, 'query ($id: ID!) { execution(id: $id) { id } }', { id });
    expect({ data, errors }).toEqual({ data: { execution: null }, errors: undefined });
    expect((await world.execute(admin, cancel, { id })).data.cancelExecution.__typename).toBe('ExecutionNotFound');
    const page = (await world.execute(admin, feed, { id })).data.executionEvents;
    expect(page).toEqual({ nodes: [], pageInfo: { hasNextPage: false, endCursor: null } });
  }
});

test('the event feed is read in pages without gaps or repeats', async () => {
  const { execution } = await startOn(targets);
  await world.execute(admin, cancel, { id: execution.id });
  const sequences: number[] = [];
  for (let after: string | null = null; ;) {
    const { data } = await world.execute(admin, feed, { id: execution.id, after, first: 2 });
    sequences.push(...data.executionEvents.nodes.map(({ sequence }: TestData) => sequence as number));
    after = data.executionEvents.pageInfo.endCursor as string;
    if (!data.executionEvents.pageInfo.hasNextPage) break;
  }
  expect(sequences).toEqual([1, 2, 3, 4, 5, 6]);
});

test('cursors and page sizes that nobody was given are bad input', async () => {
  const { execution } = await startOn(targets);
  for (const variables of [{ after: 'x' }, { after: 'WyJhIl0' }, { first: 0 }, { first: 501 }]) {
    const { errors } = await world.execute(admin, feed, { id: execution.id, ...variables });
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT']);
  }
  const tasks = 'query ($id: ID!, $after: String) { execution(id: $id) { tasks(after: $after) { nodes { id } } } }';
  const after = Buffer.from(JSON.stringify(['a\0', execution.id])).toString('base64url');
  const { errors } = await world.execute(admin, tasks, { id: execution.id, after });
  expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT']);
});

test('text that PostgreSQL cannot hold, and more labels than a selection has, are invalid input', async () => {
  const label = { key: 'a', value: 'b' };
  for (const [field, change] of [
    ['command', { command: 'echo \ud800' }],
    ['idempotencyKey', { idempotencyKey: 'a\0' }],
    ['selection', { selection: { labels: Array.from({ length: 51 }, () => label) } }],
  ] as const) {
    const result = await startOn(targets, change);
    expect(result).toMatchObject({ __typename: 'InvalidInput', field });
  }
});

test('an execution that is named in upper case is cancelled without delay: its executors are woken', async () => {
  const { execution } = await startOn(targets);
  const { promise: woken, resolve } = Promise.withResolvers<void>();
  const stop = world.wakeUps.listen(`execution.${execution.id}.cancel`, resolve);
  await world.execute(admin, cancel, { id: (execution.id as string).toUpperCase() });
  await woken;
  stop();
});

test('lists page by keyset, and Target.lastExecution is the newest', async () => {
  const { execution } = await startOn([targets[0] ?? '']);
  const list =
    'query ($first: Int, $after: String) { executions(first: $first, after: $after) { nodes { id } pageInfo { endCursor hasNextPage } } }';
  const first = (await world.execute(admin, list, { first: 1 })).data.executions;
  expect(first.nodes).toEqual([{ id: execution.id }]);
  const second = (await world.execute(admin, list, { first: 1, after: first.pageInfo.endCursor })).data.executions;
  expect(second.nodes[0].id < execution.id).toBe(true);
  const entities =
    'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Target { id lastExecution { id } } } }';
  const r = targets.map((id) => ({ __typename: 'Target', id }));
  const { data } = await world.execute(admin, entities, { r });
  expect(data._entities[0]).toEqual({ id: targets[0], lastExecution: { id: execution.id } });
  expect(data._entities).toHaveLength(3);
});

const needs: [Permission, string, string][] = [
  ['execution:read', 'execution', '{ execution(id: "x") { id } }'],
  ['execution:read', 'executions', '{ executions { nodes { id } } }'],
  ['execution:read', 'executionEvents', '{ executionEvents(executionId: "x") { nodes { sequence } } }'],
  [
    'execution:read',
    '_entities',
    '{ _entities(representations: [{ __typename: "Execution", id: "x" }]) { ... on Execution { id } } }',
  ],
  [
    'execution:read',
    '_entities',
    '{ _entities(representations: [{ __typename: "Task", id: "x" }]) { ... on Task { id } } }',
  ],
  [
    'execution:start',
    'startExecution',
    'mutation { startExecution(input: { command: "x", selection: {} }) { __typename } }',
  ],
  ['execution:cancel', 'cancelExecution', 'mutation { cancelExecution(input: { id: "x" }) { __typename } }'],
];

test.each(needs)('%s is needed for %s, and enough', async (permission, field, document) => {
  const codes = async (viewer: Parameters<AutomationWorld['execute']>[0]) =>
    (await world.execute(viewer, document)).errors?.map(({ extensions }) => extensions.code) ?? [];
  expect(await codes(anonymous)).toEqual(['UNAUTHENTICATED']);
  expect(await codes(viewerWith('audit:read'))).toEqual(['FORBIDDEN']);
  expect(await codes(viewerWith(permission))).toEqual([]);
  expect(field).toBeTruthy();
});

test('shards are small for few targets, at most 50 for many, and hold every target once', () => {
  for (const count of [1, 3, 5, 6, 80, 81, 800, 5_000]) {
    const targets = Array.from({ length: count }, (_, index) => index);
    const shards = cutIntoShards(targets, planLanes(targets.length, undefined).shardSize);
    expect(shards.flat()).toEqual(targets);
    expect(Math.max(...shards.map((shard) => shard.length))).toBeLessThanOrEqual(50);
  }
  expect(planLanes(3, undefined).lanes).toBe(1);
  expect(planLanes(80, undefined).lanes).toBe(16);
});

test('the tail of an output never begins inside a character', () => {
  expect(cutToLastBytes('aé€😀', 4)).toBe('😀');
  expect(cutToLastBytes('aé€😀', 6)).toBe('😀');
  expect(cutToLastBytes('aé€😀', 7)).toBe('€😀');
  expect(cutToLastBytes('abc', 100)).toBe('abc');
});
