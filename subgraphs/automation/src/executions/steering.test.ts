import { claimShard } from '../engine/shards.ts';
import type { ShardJob } from '../engine/shards.ts';
import { admin, courseOf, createWorkflowWorld, sequence } from '../testing/workflowWorld.ts';
import type { WorkflowWorld } from '../testing/workflowWorld.ts';
import { viewerWith } from '../testing/world.ts';
import type { TestData } from '../testing/world.ts';
import type { FanOut, WorkflowNode } from '../workflows/definition.ts';

let world: WorkflowWorld;
let targetIds: string[];

beforeEach(async () => {
  world = await createWorkflowWorld();
  targetIds = ['a', 'b', 'c'].map((name) => world.addHost(name));
});
afterEach(() => world.close());

const run = (id: string, command: string, more: Partial<WorkflowNode> & { fanOut?: FanOut } = {}): WorkflowNode =>
  ({ id, kind: 'command', command, ...more }) as WorkflowNode;

const wanted: Record<string, string> = {
  pauseExecution: '... on ExecutionPaused { execution { id status } }',
  repeatExecution: '... on ExecutionStarted { execution { id repeats { id } } }',
};

async function mutate(name: string, input: TestData, viewer = admin): Promise<TestData> {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input!`;
  const document = `mutation ($input: ${type}) { ${name}(input: $input) {
    __typename ... on Refusal { message } ${wanted[name] ?? ''} } }`;
  const { data, errors } = await world.execute(viewer, document, { input });
  if (!data?.[name] && errors?.[0]?.extensions.code !== 'FORBIDDEN') throw new Error(JSON.stringify(errors));
  return data?.[name] ?? errors?.[0]?.extensions;
}

async function reasonsOf(id: string): Promise<TestData> {
  const document = 'query ($id: ID!) { execution(id: $id) { queuePosition pendingReasons { kind message } } }';
  return (await world.execute(admin, document, { id })).data.execution;
}

const isRunning = ({ tasks }: TestData) => tasks.nodes.some(({ status }: TestData) => status === 'RUNNING');

test('what is paused begins nothing further, what runs goes on, and resuming goes on where it was', async () => {
  await world.startExecutor();
  const node = run('slow', 'sleep 0.5', { fanOut: { concurrency: 1 } });
  const id = await world.startWorkflow(sequence(node, run('after', 'true')), { targetIds });
  await world.until(id, isRunning);
  expect(await mutate('pauseExecution', { id })).toMatchObject({ execution: { status: 'PAUSED' } });
  const paused = await world.until(id, (execution) => !isRunning(execution));
  expect(paused.tasks.nodes.map(({ status }: TestData) => status)).toEqual(['SUCCEEDED', 'PENDING', 'PENDING']);
  expect(await reasonsOf(id)).toMatchObject({ pendingReasons: [{ kind: 'PAUSED' }] });
  expect(await mutate('pauseExecution', { id })).toMatchObject({ __typename: 'ExecutionPaused' });
  await mutate('resumeExecution', { id });
  const execution = await world.ended(id);
  expect(courseOf(execution)).toEqual({ slow: 'SUCCEEDED', after: 'SUCCEEDED' });
  expect(await mutate('resumeExecution', { id })).toMatchObject({ __typename: 'ExecutionAlreadyFinished' });
  expect(await mutate('pauseExecution', { id })).toMatchObject({ __typename: 'ExecutionAlreadyFinished' });
  expect(await mutate('resumeExecution', { id: 'nonsense' })).toMatchObject({ __typename: 'ExecutionNotFound' });
});

test('pausing and resuming at once, over and over, loses and repeats nothing', async () => {
  await world.startExecutor();
  const node = run('slow', 'sleep 0.1; echo once', { fanOut: { concurrency: 2 } });
  const many = Array.from({ length: 12 }, (_, index) => world.addHost(`m${index}`));
  const id = await world.startWorkflow(sequence(node), { targetIds: many });
  await world.until(id, isRunning);
  for (let round = 0; round < 8; round += 1) {
    await mutate('pauseExecution', { id });
    await mutate('resumeExecution', { id });
  }
  const execution = await world.ended(id);
  expect(execution.status).toBe('SUCCEEDED');
  expect(execution.tasks.nodes.map(({ output }: TestData) => output)).toEqual(many.map(() => 'once\n'));
});

test('a paused execution can be cancelled; a wait is cancelled at once, and what was done is undone', async () => {
  await world.startExecutor();
  const id = await world.startWorkflow(
    {
      nodes: [
        run('first', 'true', { compensateWith: 'undo' }),
        { id: 'pause', kind: 'wait', secondsExpression: '3600' },
        run('undo', 'echo undone'),
      ],
      edges: [{ from: 'first', to: 'pause', on: 'success' }],
    },
    { targetIds },
  );
  await world.until(id, ({ steps }) => steps.nodes.some(({ status }: TestData) => status === 'WAITING'));
  expect(await reasonsOf(id)).toMatchObject({ pendingReasons: [{ kind: 'WAITING' }] });
  await mutate('pauseExecution', { id });
  await mutate('cancelExecution', { id });
  const execution = await world.ended(id);
  expect(execution.status).toBe('CANCELLED');
  expect(courseOf(execution)).toEqual({ first: 'SUCCEEDED', pause: 'CANCELLED', undo: 'SUCCEEDED' });
});

test('an execution over the time limit of its job is stopped and has FAILED', async () => {
  await world.startExecutor();
  const id = await world.startWorkflow(sequence(run('long', 'sleep 60')), {
    targetIds: targetIds.slice(0, 1),
    policies: { timeoutSeconds: 1 },
  });
  expect(await world.ended(id)).toMatchObject({ status: 'FAILED', reason: expect.stringContaining('time limit') });
});

test('a job that runs as often as it may lets others wait, in the order of their priority', async () => {
  const jobId = '01990000-0000-7000-8000-0000000000f1';
  const policies = { concurrency: { limit: 1, whenFull: 'queue' } } as const;
  await world.startExecutor();
  const start = (priority: number) =>
    world.startWorkflow(sequence(run('slow', 'sleep 0.5')), { targetIds, jobId, policies, priority });
  const first = await start(0);
  await world.until(first, isRunning);
  const low = await start(0);
  const high = await start(5);
  await world.until(first, isRunning);
  expect(await reasonsOf(low)).toMatchObject({ queuePosition: 2, pendingReasons: [{ kind: 'JOB_LIMIT' }] });
  const ends = await Promise.all([first, low, high].map((id) => world.ended(id)));
  expect(ends.map(({ status }) => status as string)).toEqual(['SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED']);
  const rows = await world.prisma.execution.findMany({ where: { jobId }, orderBy: { startedAt: 'asc' } });
  expect(rows.map(({ id }) => id)).toEqual([first, high, low]);
  for (const [index, row] of rows.slice(1).entries())
    expect(Number(row.startedAt)).toBeGreaterThanOrEqual(Number(rows[index]?.finishedAt));
});

describe('repeating', () => {
  test('from the failed step, with what was done taken as done, and only where it failed', async () => {
    await world.startExecutor();
    const marker = `/tmp/opsc-repeat-${Date.now()}`;
    const once = `test \${{ target.name }} != b || test -e ${marker} || { touch ${marker}; exit 1; }`;
    const outputs = [{ name: 'who', type: 'text', from: { parse: 'stdout' } }] as const;
    const id = await world.startWorkflow(
      sequence(
        run('first', 'echo ${{ target.name }}', { outputs }),
        run('second', once),
        run('third', 'echo got ${{ steps.first.outputs.who }}'),
      ),
      { targetIds },
    );
    expect((await world.ended(id)).status).toBe('FAILED');
    const input = { id, from: 'FAILED_STEP', idempotencyKey: 'again' };
    const { execution: again } = await mutate('repeatExecution', input);
    expect(again.repeats).toEqual({ id });
    const ended = await world.ended(again.id as string);
    expect(courseOf(ended)).toEqual({
      first: 'SUCCEEDED',
      second: 'FAILED',
      'second#2': 'SUCCEEDED',
      third: 'SUCCEEDED',
    });
    const ran = ended.tasks.nodes.filter(({ output }: TestData) => output !== '');
    expect(ran.map(({ output }: TestData) => output)).toEqual(['got a\n', 'got b\n', 'got c\n']);
    const second = ended.steps.nodes.find(({ attempt }: TestData) => attempt === 2);
    expect(second.counts.total).toBe(1);
    expect((await mutate('repeatExecution', input)).execution.id).toBe(again.id);
    expect(await mutate('repeatExecution', { ...input, from: 'FAILED_TARGETS' })).toMatchObject({
      __typename: 'IdempotencyConflict',
    });
    expect(await mutate('repeatExecution', { id: again.id, from: 'FAILED_STEP' })).toMatchObject({
      __typename: 'ExecutionNotRepeatable',
    });
  });

  test('from the beginning, on the targets that did not come through', async () => {
    await world.startExecutor();
    const id = await world.startWorkflow(sequence(run('first', 'true'), run('second', 'test ${{ target.name }} = a')), {
      targetIds,
    });
    await world.ended(id);
    const { execution } = await mutate('repeatExecution', { id, from: 'FAILED_TARGETS' });
    const ended = await world.ended(execution.id as string);
    expect(new Set(ended.tasks.nodes.map(({ targetName }: TestData) => targetName))).toEqual(new Set(['b', 'c']));
  });

  test('needs the permission, and an execution that has ended', async () => {
    const id = await world.startWorkflow(sequence(run('first', 'true')), { targetIds });
    expect(await mutate('repeatExecution', { id, from: 'FAILED_STEP' })).toMatchObject({
      __typename: 'ExecutionNotRepeatable',
    });
    const reader = viewerWith('execution:read');
    expect(await mutate('repeatExecution', { id, from: 'FAILED_STEP' }, reader)).toMatchObject({ code: 'FORBIDDEN' });
    expect(await mutate('pauseExecution', { id }, reader)).toMatchObject({ code: 'FORBIDDEN' });
  });
});

describe('executors', () => {
  test('register with their labels, and run what asks for one of them', async () => {
    await world.startExecutor();
    const id = await world.startWorkflow(sequence(run('first', 'true')), {
      targetIds,
      policies: { executorLabel: 'dmz' },
    });
    await world.until(id, ({ steps }) => steps.nodes.length > 0);
    expect(await reasonsOf(id)).toMatchObject({ pendingReasons: [{ kind: 'NO_EXECUTOR' }] });
    const pinned = await world.startExecutor(['dmz']);
    expect((await world.ended(id)).status).toBe('SUCCEEDED');
    await pinned.stop(0);
    const { data } = await world.execute(admin, '{ executors { status labels capacity } }');
    expect(data.executors).toContainEqual({ status: 'ONLINE', labels: [], capacity: 64 });
    expect(data.executors).toContainEqual({ status: 'STOPPED', labels: ['dmz'], capacity: 64 });
  });

  test('I10: a shard that three executors die with is given to no fourth, and says why', async () => {
    const command =
      'mutation ($input: StartExecutionInput!) { startExecution(input: $input) { ... on ExecutionStarted { execution { id } } } }';
    const input = { command: 'true', selection: { targetIds } };
    const { data } = await world.execute(admin, command, { input });
    const id = data.startExecution.execution.id as string;
    for (let life = 0; life < 3; life += 1) {
      const job = await fetchShard();
      expect(await claimShard(world.transact, job, new Date())).toBeDefined();
      await world.queue.fail('automation.shard', [job], 'as if the executor had died');
    }
    await world.startExecutor();
    const execution = await world.ended(id);
    expect(execution.status).toBe('FAILED');
    expect(execution.tasks.nodes[0]).toMatchObject({
      status: 'FAILED',
      reason: expect.stringContaining('3 executors'),
    });
  });
});

async function fetchShard(): Promise<ShardJob> {
  for (;;) {
    const [job] = await world.queue.fetch<ShardJob['data']>('automation.shard', 1);
    if (job) return job;
  }
}
