import { connectGraph, expectType, findFreePort, startOpenSshHost, startSshHost } from '@opsconductor/testkit';
import type { Data } from '@opsconductor/testkit';
import { startDistributed } from '../worlds/distributed.ts';
import { startStandalone } from '../worlds/standalone.ts';
import type { World } from '../worlds/world.ts';
import * as documents from './documents.ts';
import { Operator, isEnd, password, setUp } from './operator.ts';

const email = 'ada@example.com';

/** From an empty installation to a command running live on real hosts: the same journey in both topologies. */
describe.each([
  { topology: 'standalone', startWorld: startStandalone },
  { topology: 'distributed', startWorld: startDistributed },
])('the first command, $topology', ({ startWorld }) => {
  let world: World;
  let openSsh: Awaited<ReturnType<typeof startOpenSshHost>>;
  let ssh2: Awaited<ReturnType<typeof startSshHost>>;
  let ada: Operator;
  /** The same person at the last router: the same one in standalone. */
  let elsewhere: Operator;
  let targets: string[];
  const clients: ReturnType<typeof connectGraph>[] = [];
  const connect = (...args: Parameters<typeof connectGraph>) => {
    const client = connectGraph(...args);
    clients.push(client);
    return client;
  };

  beforeAll(async () => {
    [world, openSsh, ssh2] = await Promise.all([startWorld(), startOpenSshHost(), startSshHost()]);
    const accessToken = await setUp(world, email);
    ada = new Operator(connect(world.urls[0], accessToken));
    elsewhere = new Operator(connect(world.urls.at(-1) ?? '', accessToken));
    targets = [await ada.addTarget('db-01', openSsh), await ada.addTarget('web-01', ssh2)];
  }, 120_000);

  afterAll(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await Promise.all([world?.stop(), openSsh?.stop(), ssh2?.stop()]);
  }, 60_000);

  test('set-up works once; a wrong password is refused and says nothing more', async () => {
    const stranger = connect(world.urls[0]);
    const { setupRequired } = await stranger.query('{ setupRequired }');
    expect(setupRequired).toBe(false);
    const again = { secret: world.setupSecret, name: 'Eve', email: 'eve@example.com', password };
    const { completeSetup } = await stranger.query(documents.completeSetup, { input: again });
    expect(completeSetup.__typename).toBe('SetupAlreadyCompleted');
    const wrong = { email, password: `${password}!` };
    const { signIn } = await stranger.query(documents.signIn, { input: wrong });
    expect(signIn.__typename).toBe('SignInRejected');
    const unknown = await stranger.query(documents.signIn, { input: { ...wrong, email: 'nobody@example.com' } });
    expect(unknown.signIn).toEqual(signIn);
  });

  test('without a token, or with a forged one, nothing else is answered', async () => {
    const anonymous = await connect(world.urls[0]).send('{ targets { nodes { name } } }');
    expect(anonymous.errors?.map(({ extensions }) => extensions.code)).toEqual(['UNAUTHENTICATED']);
    expect(anonymous.data?.targets ?? null).toBeNull();
    const forged = 'eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.eyJzdWIiOiJhZG1pbiJ9.x';
    const answer = await connect(world.urls[0], forged).send('{ viewer { permissions } }');
    expect(answer.status).toBe(401);
    expect(answer.errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
  });

  test('what is wrong with a request is said with a code, and no more than that', async () => {
    const codes = async (document: string, variables?: Data) =>
      (await ada.graph.send(document, variables)).errors?.map(({ extensions }) => extensions.code);
    expect(await codes('{ targets { nodes { nmae } } }')).toEqual(['GRAPHQL_VALIDATION_FAILED']);
    expect(await codes('{ targets {')).toEqual(['GRAPHQL_PARSE_FAILED']);
    expect(await codes('query ($first: Int) { targets(first: $first) { nodes { id } } }', { first: 'many' })).toEqual([
      'BAD_USER_INPUT',
    ]);
    expect(await codes('{ targets(after: "not a cursor") { nodes { id } } }')).toEqual(['BAD_USER_INPUT']);
    const text = JSON.stringify(await ada.graph.send('{ targets(after: "not a cursor") { nodes { id } } }'));
    expect(text).not.toMatch(/\bat \/|node_modules|stacktrace|127\.0\.0\.1|assets/);
  });

  test('a command runs on every target and its output arrives live, in order and without gaps, at any router', async () => {
    const id = await ada.start('echo "hello from $0"; echo oops >&2; sleep 0.2; echo bye', targets);
    const [events, statuses] = await Promise.all([
      elsewhere.followToEnd(id),
      (async () => {
        const seen: string[] = [];
        for await (const { execution } of elsewhere.graph.subscribe(documents.executionLive, { id })) {
          seen.push(execution.status as string);
          if (!['PENDING', 'RUNNING'].includes(execution.status as string)) return seen;
        }
        return seen;
      })(),
    ]);
    expect(events.map(({ sequence }) => sequence as number)).toEqual(events.map((_, index) => index + 1));
    expect(statuses.at(-1)).toBe('SUCCEEDED');
    for (const targetName of ['db-01', 'web-01']) {
      const text = (stream: string) =>
        events.flatMap((event) =>
          event.stream === stream && event.task.targetName === targetName ? [event.text] : [],
        );
      expect(text('STDOUT').join('')).toMatch(/^hello from .*\nbye\n$/);
      expect(text('STDERR').join('')).toBe('oops\n');
    }
    expect(await ada.summary(id)).toMatchObject({ status: 'SUCCEEDED', counts: { total: 2, succeeded: 2 } });
  });

  test('a client that comes back gets every event once, from its cursor on', async () => {
    const id = await ada.start('for i in 1 2 3 4 5; do echo "line $i"; sleep 0.15; done', [targets[0] ?? '']);
    const first: Data[] = [];
    for await (const { executionEvents } of ada.graph.subscribe(documents.executionEvents, { executionId: id })) {
      first.push(...executionEvents.nodes);
      if (first.some((event) => /line 2/.test(String(event.text)) || isEnd(event))) break;
    }
    const rest: Data[] = [];
    const after = first.at(-1).cursor as string;
    for await (const { executionEvents } of elsewhere.graph.subscribe(documents.executionEvents, {
      executionId: id,
      after,
    })) {
      rest.push(...executionEvents.nodes);
      if (isEnd(rest.at(-1))) break;
    }
    const sequences = [...first, ...rest].map(({ sequence }) => sequence as number);
    expect(sequences).toEqual(sequences.map((_, index) => index + 1));
  });

  test('one query crosses all four subgraphs', async () => {
    const id = await ada.start('uname', targets);
    await ada.followToEnd(id);
    const find = async (): Promise<Data> => {
      const { execution } = await ada.graph.query(documents.acrossAllSubgraphs, { id });
      const types = execution.startedBy.auditEvents.nodes.map(({ type }: Data) => type as string);
      return types.includes('automation.execution.started') ? execution : find();
    };
    const execution = await find();
    expect(execution).toMatchObject({
      command: 'uname',
      status: 'SUCCEEDED',
      startedBy: { name: 'Ada Administrator' },
    });
    expect(execution.tasks.nodes).toEqual(
      ['db-01', 'web-01'].map((name) => ({
        status: 'SUCCEEDED',
        target: { name, hostKeys: [{ algorithm: expect.any(String), state: 'PINNED' }], lastExecution: { id } },
      })),
    );
    expect(execution.startedBy.auditEvents.nodes[0].actor.name).toBe('Ada Administrator');
  });

  test('cancelling ends the process on the target', async () => {
    const mark = `opsc-e2e-${world.topology}`;
    const id = await ada.start(`echo $$; trap '' TERM; while :; do sleep 1; done # ${mark}`, [targets[0] ?? '']);
    let pid = 0;
    const events = ada.followToEnd(id, ({ text }: Data) => {
      if (text && !pid) {
        pid = Number.parseInt(String(text), 10);
        void ada.cancel(id);
      }
    });
    await events;
    expect(await ada.summary(id)).toMatchObject({
      status: 'CANCELLED',
      tasks: { nodes: [{ status: 'CANCELLED', reason: 'Cancelled; the command was terminated.' }] },
    });
    expect(pid).toBeGreaterThan(1);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    const { cancelExecution } = await ada.graph.query(documents.cancelExecution, { id });
    expect(cancelExecution.__typename).toBe('ExecutionAlreadyFinished');
  });

  test('a command that never ends is ended at its time limit', async () => {
    const summary = await ada.run('sleep 600', [targets[1] ?? ''], { timeoutSeconds: 1 });
    expect(summary).toMatchObject({ status: 'FAILED', tasks: { nodes: [{ status: 'TIMED_OUT' }] } });
  });

  test('a closed port and a name without an address are UNREACHABLE; the others run', async () => {
    const closed = await ada.addTarget('closed', { ...ssh2, port: await findFreePort() });
    const nowhere = await ada.addTarget('nowhere', { ...ssh2, address: 'no-such-host.invalid' });
    const summary = await ada.run('true', [closed, nowhere, targets[1] ?? '']);
    expect(summary).toMatchObject({ status: 'FAILED', counts: { unreachable: 2, succeeded: 1 } });
    for (const { status, reason } of summary.tasks.nodes as Data[])
      if (status === 'UNREACHABLE') expect(reason).toMatch(/\S+ \S+/);
  });

  test('a changed host key is a HOST_KEY_MISMATCH and no credential is sent', async () => {
    const host = await startSshHost();
    const target = await ada.addTarget('changed', host);
    expect(await ada.run('true', [target])).toMatchObject({ status: 'SUCCEEDED' });
    // Another machine in its place: connections that the old one proved itself on are gone, too.
    await host.replaceHostKey();
    host.dropConnections();
    const attempts = host.authenticationAttempts();
    expect(await ada.run('true', [target])).toMatchObject({
      status: 'FAILED',
      counts: { hostKeyMismatch: 1 },
      tasks: { nodes: [{ status: 'HOST_KEY_MISMATCH' }] },
    });
    expect(host.authenticationAttempts()).toBe(attempts);
    await host.stop();
  });

  test('a target of the policy STRICT is not reached before its key is pinned', async () => {
    const target = await ada.addTarget('strict', openSsh, { hostKeyPolicy: 'STRICT' });
    expect(await ada.run('true', [target])).toMatchObject({ counts: { hostKeyMismatch: 1 } });
    const { algorithm, publicKey } = openSsh.hostKey;
    const pin = /* GraphQL */ `
      mutation ($input: PinHostKeyInput!) {
        pinHostKey(input: $input) {
          __typename
          ... on Refusal {
            message
          }
        }
      }
    `;
    const input = { targetId: target, publicKey: `${algorithm} ${publicKey}` };
    expectType((await ada.graph.query(pin, { input })).pinHostKey, 'HostKeyPinned');
    expect(await ada.run('true', [target])).toMatchObject({ status: 'SUCCEEDED' });
  });

  test('binary output and terminal tricks arrive as harmless text', async () => {
    const summary = await ada.run(`printf '\\000\\377a\\033]0;title\\007b\\033[2Jc\\033[31mred\\033[0m\\n'; exit 3`, [
      targets[0] ?? '',
    ]);
    const [task] = summary.tasks.nodes as Data[];
    expect(task).toMatchObject({ status: 'FAILED', exitCode: 3 });
    expect(task.output).toBe('\ufffd\ufffdabc\u001b[31mred\u001b[0m\n');
  });

  test('a target that does not exist starts nothing', async () => {
    const missing = '01990000-0000-7000-8000-000000000000';
    const before = await ada.graph.query('{ executions(first: 1) { nodes { id } } }');
    for (const id of [missing, 'nonsense']) {
      const input = { command: 'true', selection: { targetIds: [targets[0], id] } };
      const { startExecution } = await ada.graph.query(documents.startExecution, { input });
      expect(startExecution).toMatchObject({ __typename: 'TargetNotFound', ids: [id] });
    }
    expect(await ada.graph.query('{ executions(first: 1) { nodes { id } } }')).toEqual(before);
  });

  test('starting twice with one idempotency key starts once', async () => {
    const input = { command: 'true', selection: { targetIds: targets }, idempotencyKey: `once ${world.topology}` };
    const answers = await Promise.all(
      [ada, elsewhere, ada, elsewhere].map(({ graph }) => graph.query(documents.startExecution, { input })),
    );
    const ids = new Set(answers.map(({ startExecution }) => startExecution.execution.id as string));
    expect(ids.size).toBe(1);
    const other = await ada.graph.query(documents.startExecution, { input: { ...input, command: 'false' } });
    expect(other.startExecution.__typename).toBe('IdempotencyConflict');
  });

  test('a viewer sees and starts only what the role allows', async () => {
    const person = { name: 'Vic Viewer', email: 'vic@example.com', password, roles: ['VIEWER'] };
    await ada.graph.query(documents.createUser, { input: person });
    const stranger = connect(world.urls[0]);
    const { signIn } = await stranger.query(documents.signIn, { input: { email: person.email, password } });
    const vic = connect(world.urls.at(-1) ?? '', expectType(signIn, 'SignedIn').accessToken as string);
    const started = await vic.send(documents.startExecution, {
      input: { command: 'true', selection: { targetIds: targets } },
    });
    expect(started.errors?.[0]?.extensions.code).toBe('UNAUTHORIZED_FIELD_OR_TYPE');
    const seen = await vic.send('{ targets { nodes { name credential { name } } } auditEvents { nodes { type } } }');
    expect(seen.data.targets.nodes[0]).toEqual({ name: expect.any(String), credential: null });
    expect(seen.data.auditEvents).toBeNull();
    expect(seen.errors?.every(({ extensions }) => extensions.code === 'UNAUTHORIZED_FIELD_OR_TYPE')).toBe(true);
  });

  test('a program with an API key may what the key may, at any router, until it is revoked', async () => {
    const input = { name: 'reports', permissions: ['execution:read'] };
    const { createApiKey } = await ada.graph.query(documents.createApiKey, { input });
    const { key, apiKey } = expectType(createApiKey, 'ApiKeyCreated');
    const program = connect(world.urls.at(-1) ?? '', key as string);
    expect((await program.query('{ executions { nodes { id } } }')).executions.nodes.length).toBeGreaterThan(0);
    const start = { command: 'true', selection: { targetIds: targets } };
    const started = await program.send(documents.startExecution, { input: start });
    expect(started.errors?.[0]?.extensions.code).toBe('UNAUTHORIZED_FIELD_OR_TYPE');
    await ada.graph.query(documents.revokeApiKey, { id: apiKey.id });
    const deadline = Date.now() + 5_500;
    let status = 200;
    while (status === 200 && Date.now() < deadline) ({ status } = await program.send('{ __typename }'));
    expect(status).toBe(401);
  });

  test('a session goes on with its refresh token, at any router', async () => {
    const { refreshToken } = await signInAgain();
    const stranger = connect(world.urls.at(-1) ?? '');
    const { refreshSession } = await stranger.query(documents.refreshSession, { refreshToken });
    const { accessToken } = expectType(refreshSession, 'SignedIn');
    const again = connect(world.urls[0], accessToken as string);
    expect((await again.query('{ viewer { email } }')).viewer).toEqual({ email });
  });

  test('a client that leaves in the middle takes nothing with it', async () => {
    const leaver = connect(world.urls[0], (await signInAgain()).accessToken as string);
    const id = await ada.start('sleep 0.5; echo done', [targets[0] ?? '']);
    for await (const _ of leaver.subscribe(documents.executionEvents, { executionId: id })) break;
    await leaver.close();
    await ada.followToEnd(id);
    expect(await ada.summary(id)).toMatchObject({ status: 'SUCCEEDED' });
  });

  async function signInAgain(): Promise<Data> {
    const { signIn } = await connect(world.urls[0]).query(documents.signIn, { input: { email, password } });
    return expectType(signIn, 'SignedIn');
  }
});
