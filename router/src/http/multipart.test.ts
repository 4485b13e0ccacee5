import { openHttpStream } from '../testing/httpStream.ts';
import { waitFor } from '../testing/waitFor.ts';
import { startWorld } from '../testing/world.ts';
import type { World } from '../testing/world.ts';

const live = 'subscription { job(id: "j1") { status } }';
const accept = 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0, application/json';

const open = (world: World, token: string | undefined, query = live) =>
  openHttpStream(world, { query, token, headers: { accept }, separator: '\r\n--graphql' });

const part = (value: unknown) => `\r\ncontent-type: application/json\r\n\r\n${JSON.stringify(value)}`;

test('a live query is a part at once and after every change, until the client leaves', async () => {
  await using world = await startWorld();
  const job = world.jobs.add('j1');
  const stream = await open(world, await world.token());
  expect(stream.response.headers['content-type']).toBe('multipart/mixed;boundary="graphql";subscriptionSpec=1.0');
  expect(await stream.next()).toBe('');
  expect(await stream.next()).toBe(part({ payload: { data: { job: { status: 'RUNNING' } } } }));
  job.status = 'DONE';
  await world.wakeUps.announce(['job.j1']);
  expect(await stream.next()).toBe(part({ payload: { data: { job: { status: 'DONE' } } } }));
  stream.leave();
  const ended = await waitFor(() => world.logged('subscription.ended')[0]);
  expect(ended).toMatchObject({ reason: 'client_disconnect', transport: 'multipart' });
});

test('a stream on which nothing happens has heartbeats', async () => {
  await using world = await startWorld({ settings: { connections: { keepAliveSeconds: 0.05 } } });
  world.jobs.add('j1');
  const stream = await open(world, await world.token());
  await stream.next();
  await stream.next();
  expect(await stream.next()).toBe(part({}));
  stream.leave();
});

test('a refusal is a payload and the end', async () => {
  await using world = await startWorld();
  const stream = await open(world, await world.token(['user:read']));
  await stream.next();
  expect(await stream.next()).toContain(
    '{"payload":{"data":{"job":null},"errors":[{"message":"Unauthorized field or type"',
  );
  expect(await stream.next()).toBe('--\r\n');
  expect(await stream.next()).toBeUndefined();
});

test('the end of the token is a fatal error and the end', async () => {
  await using world = await startWorld();
  world.jobs.add('j1');
  const stream = await open(world, await world.token(undefined, { lifetimeSeconds: 1.1 }));
  await stream.next();
  await stream.next();
  const fatal = JSON.parse((await stream.next())?.split('\r\n\r\n')[1] ?? '') as object;
  expect(fatal).toMatchObject({ payload: null, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  expect(await stream.next()).toBe('--\r\n');
});

test('a drain tells clients to subscribe again', async () => {
  await using world = await startWorld();
  world.jobs.add('j1');
  const stream = await open(world, await world.token());
  await stream.next();
  await stream.next();
  const drained = world.router.drain();
  expect(await stream.next()).toMatch(/"payload":null,"errors":.*"UNAVAILABLE"/);
  await drained;
});

test('a document that does not hold is answered with JSON', async () => {
  await using world = await startWorld();
  const stream = await open(world, await world.token(), 'subscription { unknown }');
  expect(stream.response.headers['content-type']).toContain('application/json');
  expect(await stream.next()).toContain('GRAPHQL_VALIDATION_FAILED');
});

test('a client of multipart that does not speak of subscriptions is told what they need', async () => {
  await using world = await startWorld();
  const stream = await openHttpStream(world, {
    query: live,
    token: await world.token(),
    headers: { accept: 'multipart/mixed, application/json' },
  });
  expect(stream.response.statusCode).toBe(406);
});
