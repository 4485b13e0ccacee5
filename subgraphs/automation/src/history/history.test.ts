import { anonymous } from '@opsconductor/authz';
import { createWorld, viewerWith } from '../testing/world.ts';
import type { AutomationWorld, TestData } from '../testing/world.ts';

const admin = viewerWith();
const starter = admin.kind === 'user' ? admin.userId : '';
const jobId = '01990000-0000-7000-8000-0000000000f0';
let world: AutomationWorld;
let targets: string[];

beforeAll(async () => {
  world = await createWorld();
  const nowhere = { address: '', port: 1, username: '', authentication: { kind: 'password', password: 'x' } } as const;
  targets = ['a', 'b', 'c', 'd'].map((name) => world.fleet.add(name, nowhere));
});
afterAll(() => world.close());

async function query(document: string, variables: TestData = {}): Promise<TestData> {
  const { data, errors } = await world.execute(admin, document, variables);
  return errors ? errors.map(({ extensions }) => extensions.code) : Object.values(data as object)[0];
}

async function startOn(targetIds: readonly string[], command = 'true'): Promise<string> {
  const document =
    'mutation ($input: StartExecutionInput!) { startExecution(input: $input) { ... on ExecutionStarted { execution { id } } } }';
  return (await query(document, { input: { command, selection: { targetIds } } })).execution.id as string;
}

/** Writes how an execution ended, as executors do over time. */
async function end(id: string, status: 'SUCCEEDED' | 'FAILED', seconds: number): Promise<void> {
  const startedAt = new Date('2026-01-01T00:00:00Z');
  const finishedAt = new Date(startedAt.getTime() + seconds * 1000);
  await world.prisma.execution.update({ where: { id }, data: { status, startedAt, finishedAt } });
  await world.prisma.task.updateMany({ where: { executionId: id }, data: { status } });
}

const idsOf = ({ nodes }: TestData) => nodes.map(({ id }: TestData) => id as string);

test('executions are listed by state, job, target, user and time', async () => {
  const [first, second] = [await startOn(targets.slice(0, 1)), await startOn(targets.slice(0, 2))];
  await end(first, 'FAILED', 1);
  await world.prisma.execution.update({ where: { id: second }, data: { jobId } });
  const list = (filter: TestData) =>
    query('query ($filter: ExecutionFilter) { executions(filter: $filter) { nodes { id } } }', { filter });
  expect(idsOf(await list({ targetId: targets[1] }))).toEqual([second]);
  expect(idsOf(await list({ targetId: targets[0] }))).toEqual([second, first]);
  expect(idsOf(await list({ statuses: ['FAILED'] }))).toEqual([first]);
  expect(idsOf(await list({ jobId }))).toEqual([second]);
  expect(idsOf(await list({ startedById: starter }))).toEqual([second, first]);
  expect(idsOf(await list({ startedById: jobId }))).toEqual([]);
  expect(idsOf(await list({ createdBefore: '2020-01-01T00:00:00Z' }))).toEqual([]);
  expect(
    idsOf(await list({ createdFrom: '2020-01-01T00:00:00Z', statuses: ['FAILED'], targetId: targets[1] })),
  ).toEqual([]);
  expect(await list({ jobId: 'x' })).toEqual(['BAD_USER_INPUT']);
});

test('targets and users have their executions, newest first, in pages', async () => {
  const [older, newer] = [await startOn(targets.slice(2, 4)), await startOn(targets.slice(2, 3))];
  const document =
    'query ($r: [_Any!]!, $after: String) { _entities(representations: $r) { ... on Target { executions(first: 1, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } } ... on User { executions(first: 2) { nodes { id } } } } }';
  const r = targets.slice(2, 4).map((id) => ({ __typename: 'Target', id }));
  const [ofFirst, ofSecond] = await query(document, { r });
  expect(idsOf(ofFirst.executions)).toEqual([newer]);
  expect(ofFirst.executions.pageInfo.hasNextPage).toBe(true);
  expect(idsOf(ofSecond.executions)).toEqual([older]);
  const after = ofFirst.executions.pageInfo.endCursor as string;
  const [next] = await query(document, { r: r.slice(0, 1), after });
  expect(idsOf(next.executions)).toEqual([older]);
  const [user] = await query(document, { r: [{ __typename: 'User', id: starter }] });
  expect(idsOf(user.executions)).toEqual([newer, older]);
  const [nobody] = await query(document, { r: [{ __typename: 'User', id: 'x' }] });
  expect(idsOf(nobody.executions)).toEqual([]);
});

test('statistics count how executions ended and how long they ran', async () => {
  const target = world.fleet.add('measured', {
    address: '',
    port: 1,
    username: '',
    authentication: { kind: 'password', password: 'x' },
  });
  for (let seconds = 1; seconds <= 10; seconds += 1)
    await end(await startOn([target]), seconds <= 8 ? 'SUCCEEDED' : 'FAILED', seconds);
  await startOn([target]);
  const statistics = (filter: TestData) =>
    query(
      'query ($filter: ExecutionFilter) { executionStatistics(filter: $filter) { count isSample succeeded successRate byStatus { status count } durationSeconds { p50 p90 p99 longest } } }',
      { filter },
    );
  expect(await statistics({ targetId: target })).toEqual({
    count: 10,
    isSample: false,
    succeeded: 8,
    successRate: 0.8,
    byStatus: [
      { status: 'SUCCEEDED', count: 8 },
      { status: 'FAILED', count: 2 },
    ],
    durationSeconds: { p50: 5, p90: 9, p99: 10, longest: 10 },
  });
  expect(await statistics({ targetId: jobId })).toMatchObject({ count: 0, successRate: null, durationSeconds: null });
});

test('two executions are compared task by task', async () => {
  const [before, after] = [await startOn(targets.slice(0, 3)), await startOn(targets.slice(1, 4))];
  await end(before, 'SUCCEEDED', 1);
  await end(after, 'SUCCEEDED', 1);
  const change = (executionId: string, targetId: string | undefined, data: object) =>
    world.prisma.task.updateMany({ where: { executionId, targetId: targetId ?? '' }, data });
  await change(after, targets[1], { status: 'FAILED', exitCode: 1 });
  await change(after, targets[2], { outputHash: 'other', outputBytes: 5 });
  const document =
    'query ($a: ID!, $b: ID!) { executionDiff(beforeId: $a, afterId: $b) { isSameDefinition isSameInputs sameTasks counts { kind count } differences { kind targetName before { status } after { status } } } }';
  const diff = await query(document, { a: before, b: after });
  expect(diff).toMatchObject({ isSameDefinition: true, isSameInputs: true, sameTasks: 0 });
  expect(diff.differences).toEqual([
    { kind: 'REMOVED', targetName: 'a', before: { status: 'SUCCEEDED' }, after: null },
    { kind: 'STATUS', targetName: 'b', before: { status: 'SUCCEEDED' }, after: { status: 'FAILED' } },
    { kind: 'OUTPUT', targetName: 'c', before: { status: 'SUCCEEDED' }, after: { status: 'SUCCEEDED' } },
    { kind: 'ADDED', targetName: 'd', before: null, after: { status: 'SUCCEEDED' } },
  ]);
  expect(await query(document, { a: before, b: before })).toMatchObject({ sameTasks: 3, counts: [], differences: [] });
  expect(await query(document, { a: before, b: 'x' })).toBeNull();
  const other = await startOn(targets.slice(0, 1), 'false');
  expect(await query(document, { a: before, b: other })).toMatchObject({ isSameDefinition: false });
});

test.each([
  '{ executionStatistics { count } }',
  '{ executionDiff(beforeId: "x", afterId: "y") { sameTasks } }',
  '{ _entities(representations: [{ __typename: "Target", id: "x" }]) { ... on Target { executions { nodes { id } } } } }',
  '{ _entities(representations: [{ __typename: "User", id: "x" }]) { ... on User { executions { nodes { id } } } } }',
])('execution:read is needed and enough for %s', async (document) => {
  const codes = async (viewer: Parameters<AutomationWorld['execute']>[0]) =>
    (await world.execute(viewer, document)).errors?.map(({ extensions }) => extensions.code) ?? [];
  expect(await codes(anonymous)).toEqual(['UNAUTHENTICATED']);
  expect(await codes(viewerWith('audit:read'))).toEqual(['FORBIDDEN']);
  expect(await codes(viewerWith('execution:read'))).toEqual([]);
});
