import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { connectGraph, findFreePort, startOpenSshHost } from '@opsconductor/testkit';
import { Operator, setUp } from '../firstCommand/operator.ts';
import { startProcess } from '../worlds/processes.ts';
import { standaloneEnvironment, startStandalone } from '../worlds/standalone.ts';
import type { StandaloneWorld } from '../worlds/standalone.ts';

const main = ['standalone/src/main.ts'];

describe('a platform that runs', () => {
  let world: StandaloneWorld;
  let host: Awaited<ReturnType<typeof startOpenSshHost>>;

  beforeAll(async () => {
    [world, host] = await Promise.all([startStandalone(), startOpenSshHost()]);
  }, 60_000);
  afterAll(async () => {
    await Promise.all([world?.stop(), host?.stop()]);
  }, 60_000);

  test('keeps a second one from its data directory, with a sentence', async () => {
    const second = startProcess(main, standaloneEnvironment(world.directory));
    expect((await second.exited).code).toBe(1);
    expect(second.output()).toMatch(new RegExp(`in use by process ${world.process.pid}`));
    expect(second.output()).not.toMatch(/\n\s+at /);
  });

  describe('killed during an execution', () => {
    let target: string;
    let accessToken: string;

    beforeAll(async () => {
      accessToken = await setUp(world, 'ada@example.com');
      target = await useAs(async (ada) => ada.addTarget('db-01', host));
    });

    const useAs = async <Result>(work: (ada: Operator) => Promise<Result>): Promise<Result> => {
      const graph = connectGraph(world.urls[0], accessToken);
      return work(new Operator(graph)).finally(() => graph.close());
    };
    const startAndWaitForOutput = (command = 'echo begun; sleep 60') =>
      useAs(async (ada) => {
        const id = await ada.start(command, [target]);
        const document =
          'subscription ($id: ID!) { executionEvents(executionId: $id) { nodes { ... on TaskOutput { text } } } }';
        for await (const { executionEvents } of ada.graph.subscribe(document, { id }))
          if (executionEvents.nodes.some(({ text }: { text?: string }) => text?.includes('begun'))) break;
        return id;
      });
    const summaryAtTheEnd = (id: string) =>
      useAs(async (ada) => {
        await ada.followToEnd(id);
        return ada.summary(id);
      });

    test('with its executors: nobody can say how the command ended, and that is what is said', async () => {
      const id = await startAndWaitForOutput();
      const executors = executorsOf(world);
      expect(executors.length).toBe(2);
      for (const pid of executors) process.kill(pid, 'SIGKILL');
      await world.process.kill();
      await world.restart();
      expect(await summaryAtTheEnd(id)).toMatchObject({
        status: 'UNKNOWN',
        tasks: { nodes: [{ status: 'UNKNOWN', output: 'begun\n', reason: expect.stringContaining('not known') }] },
      });
    });

    test('its executors only: what they ran is UNKNOWN, and new ones take their place', async () => {
      const id = await startAndWaitForOutput();
      const killed = executorsOf(world);
      for (const pid of killed) process.kill(pid, 'SIGKILL');
      expect(await summaryAtTheEnd(id)).toMatchObject({ status: 'UNKNOWN', tasks: { nodes: [{ output: 'begun\n' }] } });
      expect(await useAs((ada) => ada.run('echo fine', [target]))).toMatchObject({ status: 'SUCCEEDED' });
      expect(executorsOf(world).filter((pid) => killed.includes(pid))).toEqual([]);
    });

    test('its PostgreSQL only: service returns by itself, and the execution ends with everything it said', async () => {
      const id = await startAndWaitForOutput('echo begun; sleep 3; echo done');
      const [postgres = 0] = childrenOf(world.process.pid).filter((pid) => commandOf(pid).includes('postgres'));
      process.kill(postgres, 'SIGKILL');
      expect(await retried(() => summaryAtTheEnd(id))).toMatchObject({
        status: 'SUCCEEDED',
        tasks: { nodes: [{ status: 'SUCCEEDED', output: 'begun\ndone\n' }] },
      });
    });

    test('not killed but hung: they are ended, what they ran is UNKNOWN, and others take over', async () => {
      const id = await startAndWaitForOutput();
      const hung = executorsOf(world);
      for (const pid of hung) process.kill(pid, 'SIGSTOP');
      expect(await summaryAtTheEnd(id)).toMatchObject({ status: 'UNKNOWN' });
      expect(executorsOf(world).filter((pid) => hung.includes(pid))).toEqual([]);
    });

    test('without them: they end the command and record it, or it is UNKNOWN; and work goes on', async () => {
      const id = await startAndWaitForOutput();
      await world.process.kill();
      await world.restart();
      const { status, tasks } = await summaryAtTheEnd(id);
      expect(status).toBe(tasks.nodes[0].status);
      expect(tasks.nodes[0]).toMatchObject(
        status === 'UNKNOWN'
          ? { reason: expect.stringContaining('not known') }
          : { status: 'FAILED', reason: 'The executor was stopped and the command was terminated.' },
      );
      expect(await useAs((ada) => ada.run('echo fine', [target]))).toMatchObject({ status: 'SUCCEEDED' });
    });
  });
});

/** For what a client sees while the database is away: it asks again. The test's own time limit ends it. */
async function retried<Result>(work: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      expect(String(error)).toMatch(/UNAVAILABLE|not answer/);
    }
  }
}

function executorsOf({ process: { pid } }: StandaloneWorld): number[] {
  return childrenOf(pid).filter((child) => commandOf(child).includes('executorMain'));
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
}

function commandOf(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
}

test('an occupied port is said at once, with the setting that helps', async () => {
  const occupier = createServer().listen(0, '127.0.0.1');
  await once(occupier, 'listening');
  const { port } = occupier.address() as AddressInfo;
  const start = startProcess(main, {
    ...standaloneEnvironment('/tmp/opsconductor-never-made'),
    OPSCONDUCTOR_PORT: String(port),
  });
  expect((await start.exited).code).toBe(1);
  expect(start.output()).toMatch(new RegExp(`Port ${port} .* is taken .* OPSCONDUCTOR_PORT`));
  occupier.close();
});

test('a DATABASE_URL that does not answer is said, without its password', async () => {
  const url = `postgresql://ops:hush-hush@127.0.0.1:${await findFreePort()}/ops`;
  const start = startProcess(main, { ...standaloneEnvironment('/tmp/opsconductor-never-made'), DATABASE_URL: url });
  expect((await start.exited).code).toBe(1);
  expect(start.output()).toMatch(/DATABASE_URL .*does not answer/);
  expect(start.output()).not.toMatch(/hush-hush/);
}, 30_000);

test('a setting that makes no sense is named', async () => {
  const start = startProcess(main, {
    ...standaloneEnvironment('/tmp/opsconductor-never-made'),
    OPSCONDUCTOR_PORT: 'eighty',
  });
  expect((await start.exited).code).toBe(1);
  expect(start.output()).toMatch(/OPSCONDUCTOR_PORT/);
});
