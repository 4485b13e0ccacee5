import { FleetUnavailable } from '@opsconductor/fleet';
import { startSshHost } from '@opsconductor/testkit';
import type { TestHost } from '@opsconductor/testkit';
import { createWorld, viewerWith } from '../testing/world.ts';
import type { AutomationWorld, TestData } from '../testing/world.ts';
import { writeNews } from './journal.ts';
import { claimShard, finishShard } from './shards.ts';
import type { ShardJob } from './shards.ts';

let world: AutomationWorld;

beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.close());

function addHost({ address, port, username, privateKey }: TestHost, name: string): string {
  return world.fleet.add(name, { address, port, username, authentication: { kind: 'privateKey', privateKey } });
}

function addNobody(name: string): string {
  const authentication = { kind: 'password', password: 'never used' } as const;
  return world.fleet.add(name, { address: '127.0.0.1', port: 1, username: 'nobody', authentication });
}

async function start(command: string, targetIds: readonly string[]): Promise<string> {
  const document =
    'mutation ($input: StartExecutionInput!) { startExecution(input: $input) { ... on ExecutionStarted { execution { id } } } }';
  const input = { command, selection: { targetIds } };
  const { data } = await world.execute(viewerWith(), document, { input });
  return data.startExecution.execution.id as string;
}

async function fetchJob(): Promise<ShardJob> {
  for (;;) {
    const [job] = await world.queue.fetch<ShardJob['data']>('automation.shard', 1);
    if (job) return job;
  }
}

/** Waits by wake-ups until a condition holds for the tasks of an execution, by target name. */
async function until(id: string, holds: (tasks: TestData[]) => boolean): Promise<TestData[]> {
  for (;;) {
    const { promise: woken, resolve } = Promise.withResolvers<void>();
    const stop = world.wakeUps.listen(`execution.${id}.events`, resolve);
    const tasks = await world.prisma.task.findMany({ where: { executionId: id }, orderBy: { targetName: 'asc' } });
    if (!holds(tasks)) await woken;
    stop();
    if (holds(tasks)) return tasks;
  }
}

test('I3: a holder that is held up before its claim, until a later one has claimed, takes nothing back', async () => {
  const id = await start('true', [addNobody('a'), addNobody('b')]);
  const late = await fetchJob();
  await world.queue.fail('automation.shard', [late], 'as if its heartbeat had run out');
  const job = await fetchJob();
  const shard = await claimShard(world.transact, job, new Date());
  const [begun] = shard?.tasks ?? [];
  const lease = { taskId: begun?.id ?? '', fence: shard?.fence ?? '' };
  await writeNews(world.transact, id, [{ ...lease, kind: 'began' }], new Date());

  await expect(claimShard(world.transact, late, new Date())).rejects.toThrow('lost');
  const outcome = { status: 'SUCCEEDED', exitCode: 0 } as const;
  const { isAccepted } = await writeNews(world.transact, id, [{ ...lease, kind: 'ended', outcome }], new Date());
  expect(isAccepted).toEqual([true]);
  const [, other] = await world.prisma.task.findMany({ where: { executionId: id }, orderBy: { startedAt: 'asc' } });
  expect(other).toMatchObject({ status: 'PENDING', fence: shard?.fence, attempt: 1 });
});

test('what a hostile target calls its signal spoils no record, least of all those of others', async () => {
  const id = await start('true', [addNobody('a'), addNobody('b')]);
  const job = await fetchJob();
  const shard = await claimShard(world.transact, job, new Date());
  const signal = 'KI\0LL\ud800\u001b[31m';
  const outcomes = [
    { status: 'FAILED', signal, reason: `The command was ended by SIG${signal}.${'x'.repeat(100_000)}` },
    { status: 'SUCCEEDED', exitCode: 0 },
  ] as const;
  const leases = (shard?.tasks ?? []).map((task) => ({ taskId: task.id, fence: shard?.fence ?? '' }));
  const news = leases.flatMap((lease, index) => {
    const outcome = outcomes[index] ?? outcomes[1];
    return [{ ...lease, kind: 'began' } as const, { ...lease, kind: 'ended', outcome } as const];
  });
  expect((await writeNews(world.transact, id, news, new Date())).isAccepted).toEqual([true, true, true, true]);
  await finishShard(world.transact, world.queue, job, new Date());
  const failed = await world.prisma.task.findFirst({ where: { executionId: id, status: 'FAILED' } });
  expect(failed?.signal).toBe('KI\ufffdLL\ufffd\ufffd[31m');
  expect(failed?.reason?.length).toBe(1_000);
});

test('a host key that nobody can judge for a while costs its task a delay, and the tasks beside it nothing', async () => {
  const [running, waiting] = await Promise.all([startSshHost(), startSshHost()]);
  const [a, b] = [addHost(running, 'a'), addHost(waiting, 'b')];
  const { judgeHostKey } = world.fleet;
  const { promise: isRunning, resolve: letGo } = Promise.withResolvers<void>();
  let isAway = true;
  world.fleet.judgeHostKey = async (presented, call) => {
    if (presented.targetId === a || !isAway) return judgeHostKey(presented, call);
    await isRunning;
    isAway = false;
    throw new FleetUnavailable('restarting');
  };
  await world.startExecutor();
  const id = await start('sleep 1; echo done', [a, b]);
  await until(id, ([first]) => first.status === 'RUNNING');
  letGo();
  const tasks = await until(id, (all) => all.every(({ status }) => !['PENDING', 'RUNNING'].includes(status as string)));
  expect(tasks.map(({ status, attempt }) => [status, attempt])).toEqual([
    ['SUCCEEDED', 1],
    ['SUCCEEDED', 1],
  ]);
  await Promise.all([running.stop(), waiting.stop()]);
});
