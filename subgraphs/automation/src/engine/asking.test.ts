import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { admin, courseOf, createWorkflowWorld, sequence } from '../testing/workflowWorld.ts';
import type { WorkflowWorld } from '../testing/workflowWorld.ts';
import { viewerWith } from '../testing/world.ts';
import type { TestData } from '../testing/world.ts';
import type { JobDefinition, WorkflowNode } from '../workflows/definition.ts';

let world: WorkflowWorld;
let server: Server;
let address: string;
const requests: string[] = [];

beforeAll(async () => {
  world = await createWorkflowWorld();
  await world.startExecutor();
  server = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => requests.push(`${request.method} ${String(chunk)}`));
    request.on('end', () => {
      if (request.url === '/large') return void response.end('x'.repeat(2_000_000));
      if (request.url === '/missing') return void response.writeHead(404).end();
      response.end(JSON.stringify({ count: 3 }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await world.close();
  server.closeAllConnections();
  server.close();
});

const run = (id: string, command: string, more: Partial<WorkflowNode> = {}): WorkflowNode =>
  ({ id, kind: 'command', command, ...more }) as WorkflowNode;

async function mutate(document: string, input: TestData, viewer = admin): Promise<TestData> {
  const { data, errors } = await world.execute(viewer, document, { input });
  if (!data) throw new Error(JSON.stringify(errors));
  return Object.values(data as object)[0];
}

async function saveJob(name: string, definition: Partial<JobDefinition>): Promise<string> {
  const document = `mutation ($input: CreateJobInput!) { createJob(input: $input) {
    __typename ... on Refusal { message } ... on JobInvalid { problems { code message node field } }
    ... on JobSaved { job { id } } } }`;
  const saved = await mutate(document, { name, definition: { parameters: [], ...definition } });
  if (!saved.job) throw new Error(JSON.stringify(saved));
  return saved.job.id as string;
}

const startDocument = `mutation ($input: StartJobInput!) { startJob(input: $input) {
  __typename ... on Refusal { message } ... on InvalidInput { field }
  ... on ExecutionStarted { execution { id jobId jobRevision } } } }`;
const startJob = (input: TestData, viewer = admin) => mutate(startDocument, input, viewer);

describe('http', () => {
  const get = (id: string, path: string, more: object = {}): WorkflowNode => ({
    id,
    kind: 'http',
    method: 'GET',
    url: `${address}${path}`,
    ...more,
  });

  test('calls with values in it, and gives what is declared to later nodes', async () => {
    const outputs = [{ name: 'count', type: 'integer', from: { parse: 'json', path: 'count' } }];
    const id = await world.startWorkflow(
      sequence(get('post', '/json', { method: 'POST', body: '{"who": "${{ inputs.who }}"}', outputs }), {
        id: 'check',
        kind: 'assert',
        conditionExpression: 'steps.post.outputs.count == 3 && steps.post.exitCode == 200',
      }),
      { inputs: { who: 'ada' } },
    );
    expect((await world.ended(id)).status).toBe('SUCCEEDED');
    expect(requests).toContain('POST {"who": "ada"}');
  });

  test('fails with a reason for another status, an answer that is too long, and an address that is none', async () => {
    const reasons = await Promise.all(
      [get('a', '/missing'), get('b', '/large'), { ...get('c', ''), url: 'file:///etc/passwd' } as WorkflowNode].map(
        async (node) => (await world.ended(await world.startWorkflow(sequence(node)))).steps.nodes[0].reason as string,
      ),
    );
    expect(reasons).toEqual([
      'The answer has status 404.',
      'The answer has more than 1048576 bytes.',
      'Only http and https are spoken.',
    ]);
  });

  test.each(['http://169.254.169.254/latest', 'http://[::1]/', 'http://0/', 'http://224.0.0.1/'])(
    'does not call %s',
    async (url) => {
      const node = { ...get('a', ''), url } as WorkflowNode;
      const execution = await world.ended(await world.startWorkflow(sequence(node)));
      expect(execution.steps.nodes[0]).toMatchObject({
        status: 'FAILED',
        reason: expect.stringContaining('not connected'),
      });
    },
  );
});

describe('approvals', () => {
  const ask: WorkflowNode = { id: 'ask', kind: 'approval', message: 'Go?', mayRequesterApprove: true };

  async function decide(executionId: string, isApproved: boolean): Promise<void> {
    const approval = await world.prisma.approval.findFirstOrThrow({ where: { executionId, status: 'PENDING' } });
    const document = `mutation ($input: DecideApprovalInput!) { decideApproval(input: $input) { __typename ... on Refusal { message } } }`;
    const input = { id: approval.id, subjectHash: approval.subjectHash, isApproved };
    const { __typename } = await mutate(document, input);
    expect(__typename).toBe('ApprovalDecided');
  }

  const waits = ({ steps }: TestData) => steps.nodes.some(({ status }: TestData) => status === 'WAITING');

  test('C5: an execution waits for a decision and goes on with it', async () => {
    const id = await world.startWorkflow(sequence(ask, { id: 'after', kind: 'end' }));
    await world.until(id, waits);
    await decide(id, true);
    const execution = await world.ended(id);
    expect(execution.status).toBe('SUCCEEDED');
    expect(execution.steps.nodes[0]).toMatchObject({ status: 'SUCCEEDED', branch: 'approved' });
  });

  test('a rejection fails the node, or takes the edge that is there for it', async () => {
    const failed = await world.startWorkflow(sequence(ask));
    await world.until(failed, waits);
    await decide(failed, false);
    expect((await world.ended(failed)).steps.nodes[0]).toMatchObject({ status: 'FAILED', branch: 'rejected' });
    const edges = [{ from: 'ask', to: 'no', on: 'success', branch: 'rejected' }] as const;
    const foreseen = await world.startWorkflow({ nodes: [ask, { id: 'no', kind: 'end' }], edges });
    await world.until(foreseen, waits);
    await decide(foreseen, false);
    expect(courseOf(await world.ended(foreseen))).toEqual({ ask: 'SUCCEEDED', no: 'SUCCEEDED' });
  });

  test('a job may need one before it begins', async () => {
    const policies = { approval: { message: 'Start?', mayRequesterApprove: true } };
    const start = () => world.startWorkflow(sequence({ id: 'only', kind: 'end' }), { policies });
    const [yes, no] = await Promise.all([start(), start()]);
    for (const id of [yes, no]) await approvalOf(id);
    await decide(yes, true);
    await decide(no, false);
    expect(await world.ended(yes)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await world.ended(no)).toMatchObject({ status: 'FAILED', reason: 'It was not approved.' });
  });

  async function approvalOf(executionId: string): Promise<void> {
    for (;;) {
      const { promise: woken, resolve } = Promise.withResolvers<void>();
      const stop = world.wakeUps.listen('approvals', resolve);
      const approval = await world.prisma.approval.findFirst({ where: { executionId } });
      if (!approval) await woken;
      stop();
      if (approval) return;
    }
  }
});

describe('jobs', () => {
  test('start with checked inputs on their targets, pinned to a revision that may be gone later', async () => {
    const target = world.addHost('pinned');
    const jobId = await saveJob('pinned', {
      parameters: [{ name: 'what', type: 'text', isRequired: true }],
      targetIds: [target],
      workflow: sequence({ id: 'begin', kind: 'start' }, run('say', 'sleep 0.5; echo ${{ inputs.what }}')),
    });
    expect(await startJob({ jobId, inputs: {} })).toMatchObject({ __typename: 'InvalidInput', field: 'inputs.what' });
    const input = { jobId, inputs: { what: 'this' }, idempotencyKey: 'pinned' };
    const starts = await Promise.all(Array.from({ length: 100 }, () => startJob(input)));
    const ids = new Set(starts.map(({ execution }) => execution.id as string));
    expect(ids.size).toBe(1);
    expect(await startJob({ ...input, inputs: { what: 'other' } })).toMatchObject({
      __typename: 'IdempotencyConflict',
    });
    await world.prisma.job.delete({ where: { id: jobId } });
    const execution = await world.ended([...ids][0] ?? '');
    expect(execution).toMatchObject({ status: 'SUCCEEDED', tasks: { nodes: [{ output: 'this\n' }] } });
    expect(await startJob({ jobId })).toMatchObject({ __typename: 'JobNotFound' });
  }, 60_000);

  test('start many at once, each with its own answer', async () => {
    const jobId = await saveJob('many', { workflow: sequence({ id: 'begin', kind: 'start' }) });
    const document = `mutation ($input: [StartJobInput!]!) { startJobs(inputs: $input) { __typename } }`;
    const input = Array.from({ length: 20 }, (_, index) => (index === 7 ? { jobId, revision: 9 } : { jobId }));
    const answers = (await mutate(document, input)) as TestData[];
    expect(answers.map(({ __typename }) => __typename as string)).toEqual(
      input.map((_, index) => (index === 7 ? 'JobRevisionNotFound' : 'ExecutionStarted')),
    );
    const tooMany = await world.execute(admin, document, { input: Array.from({ length: 501 }, () => ({ jobId })) });
    expect(tooMany.errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
    await expect(mutate(startDocument, { jobId }, viewerWith('job:read'))).rejects.toThrow('FORBIDDEN');
  });

  test('start other jobs, on their own targets or those of the one that starts them, and end as they do', async () => {
    const target = world.addHost('shared');
    const inner = await saveJob('inner', {
      parameters: [{ name: 'n', type: 'integer', isRequired: true }],
      workflow: sequence({ id: 'begin', kind: 'start' }, run('work', 'exit ${{ inputs.n }}')),
    });
    const outer = (n: string) => sequence({ id: 'sub', kind: 'subJob', jobId: inner, inputExpressions: { n } });
    const good = await world.ended(await world.startWorkflow(outer('0'), { targetIds: [target] }));
    expect(good.status).toBe('SUCCEEDED');
    const bad = await world.ended(await world.startWorkflow(outer('3'), { targetIds: [target] }));
    expect(bad.steps.nodes[0]).toMatchObject({ status: 'FAILED', reason: expect.stringContaining('FAILED') });
    const none = await world.ended(await world.startWorkflow(outer('"x"'), { targetIds: [target] }));
    expect(none.steps.nodes[0]).toMatchObject({ status: 'FAILED', reason: expect.any(String) });
  });

  test('cancelling one cancels what it has started', async () => {
    const target = world.addHost('long');
    const inner = await saveJob('long', {
      workflow: sequence({ id: 'begin', kind: 'start' }, run('work', 'sleep 60')),
    });
    const id = await world.startWorkflow(sequence({ id: 'sub', kind: 'subJob', jobId: inner }), {
      targetIds: [target],
    });
    await world.until(id, ({ steps }) => steps.nodes.length > 0);
    const child = await childOf(id);
    await world.until(child, ({ tasks }) => tasks.nodes.some(({ status }: TestData) => status === 'RUNNING'));
    await world.execute(admin, 'mutation ($id: ID!) { cancelExecution(input: { id: $id }) { __typename } }', { id });
    expect((await world.ended(child)).status).toBe('CANCELLED');
    expect((await world.ended(id)).status).toBe('CANCELLED');
  });

  async function childOf(executionId: string): Promise<string> {
    for (;;) {
      const { promise: woken, resolve } = Promise.withResolvers<void>();
      const stop = world.wakeUps.listen('executions', resolve);
      const step = await world.prisma.step.findFirst({ where: { executionId } });
      const child = step && (await world.prisma.execution.findFirst({ where: { parentStepId: step.id } }));
      if (!child) await woken;
      stop();
      if (child) return child.id;
    }
  }

  test('a job that starts itself ends at a depth', async () => {
    const target = world.addHost('deep');
    const jobId = await saveJob('deep', { workflow: sequence({ id: 'begin', kind: 'start' }) });
    const workflow = sequence({ id: 'self', kind: 'subJob', jobId });
    // Saving refuses it: this is what got past that.
    await world.prisma.jobRevision.updateMany({
      where: { jobId },
      data: { definition: { parameters: [], workflow } as never },
    });
    const { execution } = await startJob({ jobId, selection: { targetIds: [target] } });
    expect((await world.ended(execution.id as string)).status).toBe('FAILED');
    expect(await world.prisma.execution.count({ where: { jobId } })).toBe(9);
  }, 60_000);
});

test('waitUntil runs its node before each look', async () => {
  const target = world.addHost('probe');
  const counter = `/tmp/opsc-probe-${Date.now()}`;
  const id = await world.startWorkflow(
    {
      nodes: [
        {
          id: 'until',
          kind: 'waitUntil',
          node: 'probe',
          everySeconds: 1,
          conditionExpression: 'steps.probe.exitCode == 0',
        },
        run('probe', `echo x >> ${counter}; test $(wc -l < ${counter}) -ge 2`),
        { id: 'after', kind: 'end' },
      ],
      edges: [{ from: 'until', to: 'after', on: 'success' }],
    },
    { targetIds: [target] },
  );
  const execution = await world.ended(id);
  expect(execution.status).toBe('SUCCEEDED');
  expect(courseOf(execution)).toEqual({
    until: 'SUCCEEDED',
    probe: 'FAILED',
    'probe#2': 'SUCCEEDED',
    after: 'SUCCEEDED',
  });
});
