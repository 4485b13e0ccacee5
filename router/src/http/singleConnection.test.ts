import { openHttpStream } from '../testing/httpStream.ts';
import { waitFor } from '../testing/waitFor.ts';
import { startWorld } from '../testing/world.ts';
import type { World } from '../testing/world.ts';

const live = 'subscription { job(id: "j1") { status } }';
const TOKEN = 'x-graphql-event-stream-token';

async function reserve(world: World, authorization: string): Promise<string> {
  const response = await fetch(`${world.url}/graphql`, { method: 'PUT', headers: { authorization } });
  expect([response.status, response.headers.get('content-type')]).toEqual([201, 'text/plain; charset=utf-8']);
  return response.text();
}

function run(world: World, authorization: string, stream: string, query: string, operationId?: unknown) {
  return fetch(`${world.url}/graphql`, {
    method: 'POST',
    headers: { authorization, [TOKEN]: stream, 'content-type': 'application/json' },
    body: JSON.stringify({ query, extensions: { operationId } }),
  });
}

function complete(world: World, authorization: string, stream: string, operationId: string) {
  return fetch(`${world.url}/graphql?operationId=${operationId}`, {
    method: 'DELETE',
    headers: { authorization, [TOKEN]: stream },
  });
}

/** A stream that is open and has said so. */
async function openReserved(world: World, token: string, stream: string) {
  const opened = await openHttpStream(world, { method: 'GET', token, headers: { [TOKEN]: stream } });
  expect(opened.response.statusCode).toBe(200);
  expect(await opened.next()).toBe(':');
  return opened;
}

async function begin(world: World) {
  const token = await world.token();
  const authorization = `Bearer ${token}`;
  const stream = await reserve(world, authorization);
  return { token, authorization, stream, ...(await openReserved(world, token, stream)) };
}

const event = (name: string, data: unknown) => `event: ${name}\ndata: ${JSON.stringify(data)}`;
const status = (id: string, value: string) => event('next', { id, payload: { data: { job: { status: value } } } });

test('operations share one stream, and each ends by itself', async () => {
  await using world = await startWorld();
  const job = world.jobs.add('j1');
  const { authorization, stream, next, leave } = await begin(world);
  expect((await run(world, authorization, stream, live, 'a')).status).toBe(202);
  expect(await next()).toBe(status('a', 'RUNNING'));
  expect((await run(world, authorization, stream, '{ ping }', 'b')).status).toBe(202);
  expect(await next()).toBe(event('next', { id: 'b', payload: { data: { ping: 'pong' } } }));
  expect(await next()).toBe(event('complete', { id: 'b' }));
  job.status = 'DONE';
  await world.wakeUps.announce(['job.j1']);
  expect(await next()).toBe(status('a', 'DONE'));
  expect((await complete(world, authorization, stream, 'a')).status).toBe(200);
  await waitFor(() => world.wakeUps.topics.length === 0);
  expect(world.logged('subscription.ended')).toMatchObject([{ reason: 'completed', transport: 'sse' }]);
  leave();
});

test('what is wrong with an operation is told on the stream', async () => {
  await using world = await startWorld();
  const { authorization, stream, next, leave } = await begin(world);
  expect((await run(world, authorization, stream, '{ unknown }', 'a')).status).toBe(202);
  expect(await next()).toContain('"code":"GRAPHQL_VALIDATION_FAILED"');
  expect(await next()).toBe(event('complete', { id: 'a' }));
  leave();
});

test('an operation may come before the stream is opened', async () => {
  await using world = await startWorld();
  world.jobs.add('j1');
  const token = await world.token();
  const stream = await reserve(world, `Bearer ${token}`);
  expect((await run(world, `Bearer ${token}`, stream, live, 'a')).status).toBe(202);
  const opened = await openReserved(world, token, stream);
  expect(await opened.next()).toBe(status('a', 'RUNNING'));
  opened.leave();
});

test.each([
  ['without an id', undefined, 400],
  ['with an id that is no text', 7, 400],
  ['with an id that is too long', 'x'.repeat(200), 400],
  ['with an id that is in use', 'a', 409],
])('an operation %s is refused', async (_name, id, expected) => {
  await using world = await startWorld();
  world.jobs.add('j1');
  const { authorization, stream, leave } = await begin(world);
  await run(world, authorization, stream, live, 'a');
  expect((await run(world, authorization, stream, live, id)).status).toBe(expected);
  leave();
});

test('a stream is open once, and to nobody but the session that reserved it', async () => {
  await using world = await startWorld();
  const { token, stream, leave } = await begin(world);
  const open = (asking: string, headers = { [TOKEN]: stream }) =>
    openHttpStream(world, { method: 'GET', token: asking, headers });
  expect((await open(token)).response.statusCode).toBe(409);
  const other = await world.token(undefined, { userId: 'p2' });
  expect((await open(other)).response.statusCode).toBe(404);
  expect((await run(world, `Bearer ${other}`, stream, live, 'a')).status).toBe(404);
  expect((await complete(world, `Bearer ${other}`, stream, 'a')).status).toBe(404);
  expect((await open(token, { [TOKEN]: 'guessed' })).response.statusCode).toBe(404);
  leave();
});

test('strangers reserve no streams', async () => {
  await using world = await startWorld();
  expect((await fetch(`${world.url}/graphql`, { method: 'PUT' })).status).toBe(401);
});

test('everything on a stream ends with it, and its token too', async () => {
  await using world = await startWorld();
  world.jobs.add('j1');
  const { authorization, stream, next, leave } = await begin(world);
  await run(world, authorization, stream, live, 'a');
  await next();
  leave();
  await waitFor(() => world.wakeUps.topics.length === 0);
  expect((await run(world, authorization, stream, live, 'b')).status).toBe(404);
});

test('streams of a principal and operations on a stream are bounded', async () => {
  await using world = await startWorld({
    settings: { connections: { maxPerPrincipal: 1, maxOperationsPerSocket: 1 } },
  });
  world.jobs.add('j1');
  const { authorization, stream, leave } = await begin(world);
  expect((await fetch(`${world.url}/graphql`, { method: 'PUT', headers: { authorization } })).status).toBe(429);
  await run(world, authorization, stream, live, 'a');
  expect((await run(world, authorization, stream, live, 'b')).status).toBe(429);
  leave();
});

test('the end of the token ends the operation with a reason', async () => {
  await using world = await startWorld();
  world.jobs.add('j1');
  const token = await world.token(undefined, { lifetimeSeconds: 1.1 });
  const stream = await reserve(world, `Bearer ${token}`);
  const opened = await openReserved(world, token, stream);
  await run(world, `Bearer ${token}`, stream, live, 'a');
  await opened.next();
  expect(await opened.next()).toMatch(/"id":"a".*"The access token has expired.*"code":"UNAUTHENTICATED"/);
  expect(await opened.next()).toBe(event('complete', { id: 'a' }));
  opened.leave();
});

test('a drain ends the stream so that its client opens another one', async () => {
  await using world = await startWorld();
  world.jobs.add('j1');
  const { authorization, stream, next } = await begin(world);
  await run(world, authorization, stream, live, 'a');
  await next();
  const drained = world.router.drain();
  expect(await next()).toBeUndefined();
  await drained;
});
