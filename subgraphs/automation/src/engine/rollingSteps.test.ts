import { courseOf, createWorkflowWorld, sequence } from '../testing/workflowWorld.ts';
import type { WorkflowWorld } from '../testing/workflowWorld.ts';
import type { TestData } from '../testing/world.ts';
import type { FanOut, WorkflowNode } from '../workflows/definition.ts';

let world: WorkflowWorld;
let targetIds: string[];

beforeAll(async () => {
  world = await createWorkflowWorld();
  await world.startExecutor();
  await world.startExecutor();
  targetIds = Array.from({ length: 12 }, (_, index) => world.addHost(`h${String(index).padStart(2, '0')}`));
});
afterAll(() => world.close());

const run = (command: string, fanOut: FanOut, more: Partial<WorkflowNode> = {}): WorkflowNode =>
  ({ id: 'work', kind: 'command', command, fanOut, ...more }) as WorkflowNode;
const statuses = ({ tasks }: TestData): string[] => tasks.nodes.map(({ status }: TestData) => status as string);
const failing = (...names: string[]) => `case ${'${{ target.name }}'} in ${names.join('|')}) exit 1;; esac`;

/** Most tasks that were RUNNING at once, by the event log. */
async function mostAtOnce(id: string): Promise<number> {
  const events = await world.prisma.executionEvent.findMany({
    where: { executionId: id, taskId: { not: null } },
    orderBy: { sequence: 'asc' },
  });
  let [now, most] = [0, 0];
  for (const { taskStatus } of events) {
    now += taskStatus === 'RUNNING' ? 1 : taskStatus === 'SUCCEEDED' ? -1 : 0;
    most = Math.max(most, now);
  }
  return most;
}

test('I11: no more tasks at once than the concurrency, over two executors, and not many fewer', async () => {
  const id = await world.startWorkflow(sequence(run('sleep 0.2', { concurrency: 4 })), { targetIds });
  const execution = await world.ended(id);
  expect(execution.status).toBe('SUCCEEDED');
  expect(await mostAtOnce(id)).toBeLessThanOrEqual(4);
  expect(await mostAtOnce(id)).toBeGreaterThanOrEqual(3);
});

test('batches run one after the other', async () => {
  const id = await world.startWorkflow(sequence(run('true', { batches: [1, '50%', '100%'] })), { targetIds });
  const execution = await world.ended(id);
  expect(execution.steps.nodes[0]).toMatchObject({ status: 'SUCCEEDED', batch: 3, batches: 3 });
  const tasks = await world.prisma.task.findMany({ where: { executionId: id }, orderBy: { startedAt: 'asc' } });
  const ends = [0, 1, 2].map((batch) => tasks.filter((task) => task.batch === batch));
  expect(ends.map(({ length }) => length)).toEqual([1, 6, 5]);
  for (const [index, batch] of ends.entries())
    for (const later of ends[index + 1] ?? [])
      for (const task of batch) expect(Number(task.finishedAt)).toBeLessThanOrEqual(Number(later.startedAt));
});

test('a canary that fails keeps everybody else from it', async () => {
  const id = await world.startWorkflow(sequence(run(failing('h00'), { canary: 2, batches: [5] })), { targetIds });
  const execution = await world.ended(id);
  expect(execution.status).toBe('FAILED');
  expect(statuses(execution).filter((status) => status === 'SKIPPED')).toHaveLength(10);
});

test('the first failure too many stops the step inside of a batch; what runs ends as it does', async () => {
  const fanOut = { concurrency: 1, maxFailures: { over: 'step', limit: 1 } } as const;
  const id = await world.startWorkflow(sequence(run(failing('h02', 'h05'), fanOut)), { targetIds });
  const execution = await world.ended(id);
  expect(execution.status).toBe('FAILED');
  expect(statuses(execution)).toEqual([
    ...['SUCCEEDED', 'SUCCEEDED', 'FAILED', 'SUCCEEDED', 'SUCCEEDED', 'FAILED'],
    ...Array.from({ length: 6 }, () => 'SKIPPED'),
  ]);
});

test('as many failures as may are a success, and those targets take no further part', async () => {
  const second: WorkflowNode = { id: 'second', kind: 'command', command: 'true' };
  const tolerant = run(failing('h01', 'h03'), { maxFailures: { over: 'step', limit: '20%' } });
  const id = await world.startWorkflow(sequence(tolerant, second), { targetIds });
  const execution = await world.ended(id);
  expect(courseOf(execution)).toEqual({ work: 'SUCCEEDED', second: 'SUCCEEDED' });
  expect(execution.steps.nodes[1].counts.total).toBe(10);
});

test('a limit per batch, and a rolling step without a limit ends at a batch of which nothing succeeded', async () => {
  const perBatch = { batches: [4], maxFailures: { over: 'batch', limit: 1 } } as const;
  const over = await world.ended(
    await world.startWorkflow(sequence(run(failing('h04', 'h05'), perBatch)), { targetIds }),
  );
  expect(over.steps.nodes[0]).toMatchObject({ status: 'FAILED', batch: 2, counts: { skipped: 4 } });
  const lost = await world.ended(
    await world.startWorkflow(sequence(run(failing('h00', 'h01'), { batches: [2] })), { targetIds }),
  );
  expect(lost.steps.nodes[0]).toMatchObject({ status: 'FAILED', counts: { skipped: 10 } });
});

test('runOnce runs on one target', async () => {
  const id = await world.startWorkflow(sequence(run('true', { runOnce: true })), { targetIds });
  expect((await world.ended(id)).tasks.nodes).toHaveLength(1);
});

test('a locked target runs one task at a time over all executions; who waits says so', async () => {
  const target = targetIds[0] ?? '';
  const start = (id: string) =>
    world.startWorkflow(sequence({ ...run('sleep 0.4', { lockTarget: true }), id }), {
      targetIds: [target],
    });
  const ids = await Promise.all(['a', 'b', 'c'].map(start));
  for (const id of ids) expect((await world.ended(id)).status).toBe('SUCCEEDED');
  const tasks = await world.prisma.task.findMany({
    where: { executionId: { in: ids } },
    orderBy: { startedAt: 'asc' },
  });
  for (const [index, task] of tasks.slice(1).entries())
    expect(Number(task.startedAt)).toBeGreaterThanOrEqual(Number(tasks[index]?.finishedAt));
  expect(tasks.some(({ waitsForHold }) => waitsForHold)).toBe(true);
  expect(await world.prisma.taskHold.count()).toBe(0);
});

test('targets that share a label run as many tasks at once as it may have, and expressions see their labels', async () => {
  const rack = (name: string, value: string) => world.addHost(name, world.host, { rack: value });
  const ids = ['a1', 'a2', 'a3', 'b1'].map((name) => rack(name, name.slice(0, 1)));
  const fanOut: FanOut = { limitPerLabel: { label: 'rack', limit: 1 } };
  const command = 'sleep 0.2; test ${{ target.labels.rack }} = a';
  const id = await world.startWorkflow(sequence(run(command, fanOut, { continueOnError: true })), { targetIds: ids });
  const execution = await world.ended(id);
  expect(statuses(execution)).toEqual(['SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED', 'FAILED']);
  const tasks = await world.prisma.task.findMany({ where: { executionId: id }, orderBy: { startedAt: 'asc' } });
  const inA = tasks.filter(({ targetName }) => targetName.startsWith('a'));
  for (const [index, task] of inA.slice(1).entries())
    expect(Number(task.startedAt)).toBeGreaterThanOrEqual(Number(inA[index]?.finishedAt));
});
