import { once } from 'node:events';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { openInitialised, openRawSocket } from '../testing/rawSocket.ts';
import { settle } from '../testing/virtualClock.ts';
import { waitFor } from '../testing/waitFor.ts';
import { startWorld } from '../testing/world.ts';
import type { World } from '../testing/world.ts';

const live = 'subscription Live { job(id: "j1") { status } }';
const feed =
  'subscription Feed($after: String) { jobEvents(jobId: "j1", after: $after) { nodes { sequence } pageInfo { endCursor } } }';

const subscribe = (id: string, query: string, variables?: object) => ({
  id,
  type: 'subscribe',
  payload: { query, ...(variables && { variables }) },
});

async function gaugeOf(world: World, name: string): Promise<number> {
  const lines = (await world.metrics.metrics()).split('\n');
  return Number(
    lines
      .find((line) => line.startsWith(name))
      ?.split(' ')
      .at(-1) ?? 0,
  );
}

describe('operations', () => {
  test('a live query is answered at once and after every change', async () => {
    await using world = await startWorld();
    const job = world.jobs.add('j1');
    const client = await openInitialised(world.url, await world.token());
    client.send(subscribe('1', live));
    expect(await client.next()).toEqual({ id: '1', type: 'next', payload: { data: { job: { status: 'RUNNING' } } } });
    for (const status of ['FAILED', 'RETRIED']) {
      job.status = status;
      await world.wakeUps.announce(['job.j1']);
      expect((await client.next()).payload).toEqual({ data: { job: { status } } });
    }
    client.send({ id: '1', type: 'complete' });
    await waitFor(() => world.wakeUps.topics.length === 0);
    const ended = await waitFor(() => world.logged('subscription.ended')[0]);
    expect(ended).toMatchObject({ operationName: 'Live', reason: 'completed', pushed: 3 });
    client.socket.close();
  });

  test('a feed delivers every event once and in order to a client that loses its connection', async () => {
    await using world = await startWorld();
    world.jobs.add('j1');
    for (let event = 0; event < 7; event += 1) world.jobs.record('j1', 'before');
    const token = await world.token();
    const received: number[] = [];
    let cursor: string | null = null;
    const take = async (client: Awaited<ReturnType<typeof openInitialised>>, until: number) => {
      while (received.length < until) {
        const { payload } = await client.next();
        received.push(...payload.data.jobEvents.nodes.map(({ sequence }: { sequence: number }) => sequence));
        cursor = payload.data.jobEvents.pageInfo.endCursor;
      }
    };
    const first = await openInitialised(world.url, token);
    first.send(subscribe('1', feed));
    await take(first, 4);
    first.socket.terminate();
    for (let event = 0; event < 4; event += 1) world.jobs.record('j1', 'meanwhile');
    const second = await openInitialised(world.url, token);
    second.send(subscribe('1', feed, { after: cursor }));
    await take(second, 11);
    world.jobs.record('j1', 'after');
    await world.wakeUps.announce(['job.j1.events']);
    await take(second, 12);
    expect(received).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    second.socket.close();
  });

  test('queries and mutations are answered too', async () => {
    await using world = await startWorld();
    const client = await openInitialised(world.url, await world.token());
    client.send(subscribe('1', 'mutation { startJob(name: "x") { name } }'));
    expect((await client.next()).payload).toEqual({ data: { startJob: { name: 'x' } } });
    expect(await client.next()).toEqual({ id: '1', type: 'complete' });
    client.socket.close();
  });

  test.each([
    ['{ no GraphQL', 'GRAPHQL_PARSE_FAILED'],
    ['{ unknown }', 'GRAPHQL_VALIDATION_FAILED'],
    ['subscription { unknown }', 'GRAPHQL_VALIDATION_FAILED'],
    ['subscription ($no: Boolean!) { job(id: 1) @skip(if: $no) { name } }', 'GRAPHQL_VALIDATION_FAILED'],
    ['subscription ($id: ID!) { job(id: $id) { name } }', 'BAD_USER_INPUT'],
  ])('%s is answered with an error message: %s', async (query, code) => {
    await using world = await startWorld();
    const client = await openInitialised(world.url, await world.token());
    client.send(subscribe('1', query));
    const message = await client.next();
    expect(message).toMatchObject({ id: '1', type: 'error', payload: [{ extensions: { code } }] });
    expect(message.payload[0].extensions.requestId).toMatch(/^[0-9a-f-]{36}$/);
    client.send(subscribe('2', '{ ping }'));
    expect((await client.next()).payload).toEqual({ data: { ping: 'pong' } });
    client.socket.close();
  });

  test('a message nested too deeply, or with a name twice, ends the connection', async () => {
    await using world = await startWorld();
    const client = await openInitialised(world.url, await world.token());
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    client.socket.send(
      `{"id":"1","type":"subscribe","payload":{"query":${JSON.stringify(live)},"variables":{"x":${deep}}}}`,
    );
    expect(await client.closed).toEqual({ code: 4400, reason: 'Malformed JSON' });
    const other = await openInitialised(world.url, await world.token());
    other.socket.send('{"id":"1","type":"subscribe","type":"ping","payload":{"query":"{ ping }"}}');
    expect(await other.closed).toEqual({ code: 4400, reason: 'Malformed JSON' });
  });

  test('what goes wrong inside stays inside', async () => {
    await using world = await startWorld();
    const client = await openInitialised(world.url, await world.token());
    world.wakeUps.listen = () => {
      throw new Error('connect ECONNREFUSED 10.0.0.9:5432');
    };
    client.send(subscribe('1', live));
    const { type, payload } = await client.next();
    expect([type, payload]).toMatchObject([
      'error',
      [{ message: 'Internal server error', extensions: { code: 'INTERNAL_SERVER_ERROR' } }],
    ]);
    expect(JSON.stringify(world.logged('error.masked'))).toContain('10.0.0.9');
    client.socket.close();
  });

  test('a subscription that the viewer may not have ends with the reason', async () => {
    await using world = await startWorld();
    world.jobs.add('j1');
    const client = await openInitialised(world.url, await world.token(['user:read']));
    client.send(subscribe('1', live));
    expect((await client.next()).payload).toMatchObject({
      data: { job: null },
      errors: [{ path: ['job'], extensions: { code: 'UNAUTHORIZED_FIELD_OR_TYPE' } }],
    });
    expect(await client.next()).toEqual({ id: '1', type: 'complete' });
    expect(world.jobs.resolved).toEqual([]);
    client.socket.close();
  });

  test('a query that the client completes is aborted in the subgraph', async () => {
    await using world = await startWorld();
    const client = await openInitialised(world.url, await world.token());
    client.send(subscribe('1', '{ never }'));
    const { call } = await waitFor(() => world.work.calls[0]);
    client.send({ id: '1', type: 'complete' });
    if (!call.signal.aborted) await once(call.signal, 'abort');
    client.socket.close();
  });

  test('everything that runs on a socket ends with it', async () => {
    await using world = await startWorld();
    world.jobs.add('j1');
    const client = await openInitialised(world.url, await world.token());
    client.send(subscribe('1', live));
    await client.next();
    client.send(subscribe('2', '{ never }'));
    const { call } = await waitFor(() => world.work.calls[1]);
    client.socket.terminate();
    if (!call.signal.aborted) await once(call.signal, 'abort');
    await waitFor(() => world.wakeUps.topics.length === 0);
    expect(await gaugeOf(world, 'opsc_router_open_connections')).toBe(0);
    expect(await gaugeOf(world, 'opsc_router_open_subscriptions')).toBe(0);
    expect(world.logged('subscription.ended')).toMatchObject([{ reason: 'client_disconnect' }]);
  });

  test('equal subscriptions share a read after a wake-up, those of others do not', async () => {
    await using world = await startWorld({ settings: { live: { pushIntervalMs: 0 } } });
    const job = world.jobs.add('j1');
    const token = await world.token();
    const clients = await Promise.all([
      openInitialised(world.url, token),
      openInitialised(world.url, token),
      openInitialised(world.url, await world.token(undefined, { userId: 'p2' })),
    ]);
    for (const client of clients) client.send(subscribe('1', live));
    for (const client of clients) await client.next();
    await settle();
    const before = world.work.calls.length;
    job.status = 'DONE';
    await world.wakeUps.announce(['job.j1']);
    for (const client of clients) expect((await client.next()).payload.data).toEqual({ job: { status: 'DONE' } });
    expect(world.work.calls.length - before).toBe(2);
    for (const client of clients) client.socket.close();
  });
});

describe('the protocol', () => {
  test.each([
    ['no JSON', 'garbage', 4400],
    ['no message', { type: 'unheard of' }, 4400],
    ['a binary message', Buffer.from('{}'), 4400],
    ['an operation before the start', subscribe('1', '{ ping }'), 4401],
    ['no token', { type: 'connection_init' }, 4403],
    ['a token that is none', { type: 'connection_init', payload: { authorization: 'Bearer x.y.z' } }, 4403],
  ])('%s closes the socket', async (_name, message, code) => {
    await using world = await startWorld();
    const client = await openRawSocket(world.url);
    if (Buffer.isBuffer(message)) client.socket.send(message);
    else client.send(message);
    expect((await client.closed).code).toBe(code);
  });

  test('an expired token closes the socket with words that a client can act on', async () => {
    await using world = await startWorld();
    const client = await openRawSocket(world.url);
    const authorization = `Bearer ${await world.token([], { lifetimeSeconds: -5 })}`;
    client.send({ type: 'connection_init', payload: { authorization } });
    expect(await client.closed).toEqual({ code: 4403, reason: 'Access token expired' });
  });

  test('a client that does not say who it is in time is closed', async () => {
    await using world = await startWorld({ settings: { connections: { initSeconds: 0.05 } } });
    expect((await (await openRawSocket(world.url)).closed).code).toBe(4408);
  });

  test('a second start closes the socket', async () => {
    await using world = await startWorld();
    const accessToken = await world.token();
    const client = await openInitialised(world.url, accessToken);
    client.send({ type: 'connection_init', payload: { accessToken } });
    expect((await client.closed).code).toBe(4429);
  });

  test('an id that is in use closes the socket', async () => {
    await using world = await startWorld();
    world.jobs.add('j1');
    const client = await openInitialised(world.url, await world.token());
    client.send(subscribe('1', live));
    client.send(subscribe('1', live));
    expect((await client.closed).code).toBe(4409);
    await waitFor(() => world.wakeUps.topics.length === 0);
  });

  test('another sub-protocol is not spoken', async () => {
    await using world = await startWorld();
    const client = await openRawSocket(world.url, { protocol: 'graphql-ws' }).catch((error: Error) => error);
    if (client instanceof Error) expect(client.message).toMatch(/subprotocol/);
    else expect((await client.closed).code).toBe(4406);
  });

  test('a message beyond the bound closes the socket', async () => {
    await using world = await startWorld({ settings: { bodyBytes: 1_000 } });
    const client = await openRawSocket(world.url);
    client.send(subscribe('1', `{ ping } # ${'x'.repeat(2_000)}`));
    expect((await client.closed).code).toBe(1009);
  });

  test('pages of other origins cannot connect, our own and listed ones can', async () => {
    await using world = await startWorld({ settings: { allowedOrigins: ['https://console.example'] } });
    await expect(openRawSocket(world.url, { origin: 'https://evil.example' })).rejects.toThrow('403');
    await expect(openRawSocket(world.url, { origin: 'null' })).rejects.toThrow('403');
    for (const origin of [world.url, 'https://console.example'])
      (await openRawSocket(world.url, { origin })).socket.close();
  });
});

describe('bounds', () => {
  test('operations on a socket', async () => {
    await using world = await startWorld({ settings: { connections: { maxOperationsPerSocket: 1 } } });
    world.jobs.add('j1');
    const client = await openInitialised(world.url, await world.token());
    client.send(subscribe('1', live));
    await client.next();
    client.send(subscribe('2', live));
    expect(await client.next()).toMatchObject({
      id: '2',
      type: 'error',
      payload: [{ extensions: { code: 'SUBSCRIPTION_MAX_LIMIT' } }],
    });
    client.socket.close();
  });

  test('sockets of a principal, not of another one', async () => {
    await using world = await startWorld({ settings: { connections: { maxPerPrincipal: 1 } } });
    const accessToken = await world.token();
    const first = await openInitialised(world.url, accessToken);
    const second = await openRawSocket(world.url);
    second.send({ type: 'connection_init', payload: { accessToken } });
    expect((await second.closed).code).toBe(1013);
    const other = await openInitialised(world.url, await world.token([], { userId: 'p2' }));
    first.socket.close();
    await first.closed;
    const again = await openInitialised(world.url, accessToken);
    for (const { socket } of [other, again]) socket.close();
  });

  test('sockets together', async () => {
    await using world = await startWorld({ settings: { connections: { maxConnections: 1 } } });
    const first = await openRawSocket(world.url);
    await expect(openRawSocket(world.url)).rejects.toThrow('503');
    first.socket.close();
  });

  test('a client that does not read is closed, and nothing is read for it meanwhile', async () => {
    await using world = await startWorld({
      settings: { connections: { slowConsumerSeconds: 0.3 }, live: { pushIntervalMs: 0 } },
    });
    const job = world.jobs.add('j1');
    const client = await openInitialised(world.url, await world.token());
    const query = 'subscription { job(id: "j1") { name } }';
    client.send(subscribe('1', query));
    await client.next();
    client.socket.pause();
    let read = 0;
    const ended = waitFor(() => world.logged('subscription.ended')[0]);
    // Each answer is 1 MB: some go into the buffers of the operating system, then nothing does.
    for (let change = 0; !world.logged('subscription.ended')[0]; change += 1) {
      job.name = `${change}`.padEnd(1_000_000, 'x');
      await world.wakeUps.announce(['job.j1']);
      await settle();
      read = world.work.calls.length;
    }
    expect(await ended).toMatchObject({ reason: 'slow_consumer' });
    expect(read).toBeLessThan(50);
    expect(await gaugeOf(world, 'opsc_router_open_connections')).toBe(0);
    client.socket.terminate();
  }, 30_000);

  test('a client that answers no ping is closed', async () => {
    await using world = await startWorld({ settings: { connections: { keepAliveSeconds: 0.05 } } });
    const client = await openRawSocket(world.url, { autoPong: false });
    expect((await client.closed).code).toBe(1006);
  });
});

describe('ends that a client comes back from', () => {
  test('a subscription goes on with a new token when the old one lapses', async () => {
    await using world = await startWorld();
    world.jobs.add('j1');
    const tokens = [await world.token(undefined, { lifetimeSeconds: 1.2 }), await world.token()];
    const closes: { code: number; reason: string }[] = [];
    const client = createClient({
      url: `${world.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: () => ({ accessToken: tokens.shift() }),
      retryWait: async () => undefined,
      on: { closed: (event) => closes.push(event as { code: number; reason: string }) },
    });
    const answers = client.iterate({ query: live });
    expect((await answers.next()).value).toEqual({ data: { job: { status: 'RUNNING' } } });
    expect((await answers.next()).value).toEqual({ data: { job: { status: 'RUNNING' } } });
    expect(closes).toMatchObject([{ code: 4403, reason: 'Access token expired' }]);
    expect(tokens).toEqual([]);
    await answers.return?.();
    await client.dispose();
  });

  test('a socket on which nothing runs is closed at the end of the token too', async () => {
    await using world = await startWorld();
    const client = await openInitialised(world.url, await world.token([], { lifetimeSeconds: 0.5 }));
    expect(await client.closed).toEqual({ code: 4403, reason: 'Access token expired' });
  });

  test('a client that ignores its end can do nothing any more', async () => {
    await using world = await startWorld();
    const client = await openInitialised(world.url, await world.token(undefined, { lifetimeSeconds: 0.5 }));
    client.socket.pause();
    await waitFor(() => world.logged('websocket.ended')[0]);
    client.send(subscribe('1', 'mutation { startJob(name: "x") { id } }'));
    await new Promise((resolve) => client.socket.once('close', resolve).resume());
    expect(world.jobs.resolved).toEqual([]);
  });

  test('a drain closes sockets so that clients go elsewhere', async () => {
    await using world = await startWorld();
    world.jobs.add('j1');
    const client = await openInitialised(world.url, await world.token());
    client.send(subscribe('1', live));
    await client.next();
    const drained = world.router.drain();
    expect(await client.closed).toEqual({ code: 1012, reason: 'Service restart' });
    await drained;
    expect(world.logged('subscription.ended')).toMatchObject([{ reason: 'server_close' }]);
    expect(world.wakeUps.topics).toEqual([]);
    await expect(openRawSocket(world.url)).rejects.toThrow();
  });
});
