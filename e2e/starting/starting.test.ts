import { once } from 'node:events';
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

  test('killed during an execution and started again, it shows that execution in a true state', async () => {
    const accessToken = await setUp(world, 'ada@example.com');
    const ada = new Operator(connectGraph(world.urls[0], accessToken));
    const target = await ada.addTarget('db-01', host);
    const id = await ada.start('echo begun; sleep 30', [target]);
    for await (const { executionEvents } of ada.graph.subscribe(
      'subscription ($id: ID!) { executionEvents(executionId: $id) { nodes { ... on TaskOutput { text } } } }',
      { id },
    ))
      if (executionEvents.nodes.some(({ text }: { text?: string }) => text?.includes('begun'))) break;
    await ada.graph.close();
    await world.process.kill();
    await world.restart();
    const again = new Operator(connectGraph(world.urls[0], accessToken));
    await again.followToEnd(id);
    expect(await again.summary(id)).toMatchObject({
      status: 'UNKNOWN',
      tasks: { nodes: [{ status: 'UNKNOWN', output: 'begun\n', reason: expect.stringContaining('not known') }] },
    });
    expect(await again.run('echo fine', [target])).toMatchObject({ status: 'SUCCEEDED' });
    await again.graph.close();
  }, 90_000);
});

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
