import { openHttpStream } from '../testing/httpStream.ts';
import { settle } from '../testing/virtualClock.ts';
import { waitFor } from '../testing/waitFor.ts';
import { startWorld } from '../testing/world.ts';
import type { World } from '../testing/world.ts';

const live = 'subscription { job(id: "j1") { status } }';

const feed = 'subscription { jobEvents(jobId: "j1") { nodes { sequence } } }';

const openStream = (world: World, query: string, token: string | undefined, method = 'POST') =>
  openHttpStream(world, { query, token, method });

const next = (data: unknown) => `event: next\ndata: ${JSON.stringify(data)}`;

test.each(['POST', 'GET'])('a live query over %s is answered at once and after every change', async (method) => {
  await using world = await startWorld();
  const job = world.jobs.add('j1');
  const stream = await openStream(world, live, await world.token(), method);
  expect(stream.response.headers['content-type']).toBe('text/event-stream; charset=utf-8');
  expect(await stream.next()).toBe(next({ data: { job: { status: 'RUNNING' } } }));
  job.status = 'DONE';
  await world.wakeUps.announce(['job.j1']);
  expect(await stream.next()).toBe(next({ data: { job: { status: 'DONE' } } }));
  stream.leave();
  await waitFor(() => world.wakeUps.topics.length === 0);
  expect(await waitFor(() => world.logged('subscription.ended')[0])).toMatchObject({ reason: 'client_disconnect' });
});

describe('a feed', () => {
  const sequences = (piece: string | undefined) =>
    [...(piece ?? '').matchAll(/"sequence":(\d+)/g)].map(([, n]) => Number(n));
  const idOf = (piece: string | undefined) => /^id: (.*)$/m.exec(piece ?? '')?.[1];

  test('has its cursor as the id of each event, and goes on behind it for a client that comes back', async () => {
    await using world = await startWorld();
    world.jobs.add('j1');
    for (let event = 0; event < 5; event += 1) world.jobs.record('j1', 'before');
    const token = await world.token();
    const first = await openStream(world, feed, token);
    const pieces = [await first.next(), await first.next()];
    expect(pieces.map(sequences)).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(pieces.map(idOf)).toEqual(['2', '4']);
    first.leave();
    world.jobs.record('j1', 'meanwhile');
    const again = await openHttpStream(world, { query: feed, token, headers: { 'last-event-id': '4' } });
    const next = await again.next();
    expect([sequences(next), idOf(next)]).toEqual([[5, 6], '6']);
    again.leave();
  });

  test('goes on behind the last event that came, not behind the cursor that the document began with', async () => {
    await using world = await startWorld();
    world.jobs.add('j1');
    for (let event = 0; event < 5; event += 1) world.jobs.record('j1', 'before');
    const query = 'subscription { jobEvents(jobId: "j1", after: "1") { nodes { sequence } } }';
    const again = await openHttpStream(world, {
      query,
      token: await world.token(),
      headers: { 'last-event-id': '3' },
    });
    expect(sequences(await again.next())).toEqual([4, 5]);
    again.leave();
  });

  test('is not disturbed by an id that cannot be one', async () => {
    await using world = await startWorld();
    world.jobs.add('j1');
    world.jobs.record('j1', 'x');
    const headers = { 'last-event-id': `with spaces ${'x'.repeat(2_000)}` };
    const stream = await openHttpStream(world, { query: feed, token: await world.token(), headers });
    expect(sequences(await stream.next())).toEqual([1]);
    stream.leave();
  });

  test('that is a live query has no ids', async () => {
    await using world = await startWorld();
    world.jobs.add('j1');
    const stream = await openStream(world, live, await world.token());
    expect(idOf(await stream.next())).toBeUndefined();
    stream.leave();
  });
});

test('a query is one event and the end', async () => {
  await using world = await startWorld();
  const stream = await openStream(world, '{ ping }', undefined);
  expect([await stream.next(), await stream.next(), await stream.next()]).toEqual([
    next({ data: { ping: 'pong' } }),
    'event: complete\ndata:',
    undefined,
  ]);
});

test('a refusal is an event too; a token that does not hold is a status', async () => {
  await using world = await startWorld();
  const stream = await openStream(world, 'subscription { unknown }', await world.token());
  expect(await stream.next()).toContain('"code":"GRAPHQL_VALIDATION_FAILED"');
  expect(await stream.next()).toBe('event: complete\ndata:');
  expect((await openStream(world, live, 'nonsense')).response.statusCode).toBe(401);
});

test('a subscription that the viewer may not have says so and ends', async () => {
  await using world = await startWorld();
  const stream = await openStream(world, live, undefined);
  expect(await stream.next()).toContain('"code":"UNAUTHENTICATED"');
  expect(await stream.next()).toBe('event: complete\ndata:');
  expect(world.wakeUps.topics).toEqual([]);
});

test('the end of the token is an event and the end', async () => {
  await using world = await startWorld();
  world.jobs.add('j1');
  const stream = await openStream(world, live, await world.token(undefined, { lifetimeSeconds: 1.1 }));
  await stream.next();
  expect(await stream.next()).toMatch(/"The access token has expired.*"code":"UNAUTHENTICATED"/);
  expect(await stream.next()).toBe('event: complete\ndata:');
});

test('a stream on which nothing happens has comments', async () => {
  await using world = await startWorld({ settings: { connections: { keepAliveSeconds: 0.05 } } });
  world.jobs.add('j1');
  const stream = await openStream(world, live, await world.token());
  await stream.next();
  expect(await stream.next()).toBe(':');
  stream.leave();
});

test('a drain ends streams without saying that they are complete', async () => {
  await using world = await startWorld();
  world.jobs.add('j1');
  const stream = await openStream(world, live, await world.token());
  await stream.next();
  const drained = world.router.drain();
  expect(await stream.next()).toBeUndefined();
  await drained;
});

test('streams of a principal are bounded', async () => {
  await using world = await startWorld({ settings: { connections: { maxPerPrincipal: 1 } } });
  world.jobs.add('j1');
  const token = await world.token();
  const first = await openStream(world, live, token);
  await first.next();
  const second = await openStream(world, live, token);
  expect([second.response.statusCode, second.response.headers['retry-after']]).toEqual([429, '5']);
  first.leave();
});

test('a client that does not read is closed, and nothing is read for it meanwhile', async () => {
  await using world = await startWorld({
    settings: { connections: { slowConsumerSeconds: 0.3 }, live: { pushIntervalMs: 0 } },
  });
  const job = world.jobs.add('j1');
  const stream = await openStream(world, 'subscription { job(id: "j1") { name } }', await world.token());
  stream.response.pause();
  for (let change = 0; !world.logged('subscription.ended')[0]; change += 1) {
    job.name = `${change}`.padEnd(1_000_000, 'x');
    await world.wakeUps.announce(['job.j1']);
    await settle();
  }
  expect(world.logged('subscription.ended')).toMatchObject([{ reason: 'slow_consumer' }]);
  expect(world.work.calls.length).toBeLessThan(50);
  stream.leave();
}, 30_000);
