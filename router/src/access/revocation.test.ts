/** A session that ends while things are open in its name. */
import { openHttpStream } from '../testing/httpStream.ts';
import { openInitialised, openRawSocket } from '../testing/rawSocket.ts';
import { waitFor } from '../testing/waitFor.ts';
import { startWorld } from '../testing/world.ts';
import type { World } from '../testing/world.ts';

const live = 'subscription { job(id: "j1") { status } }';

async function endSession(world: World): Promise<void> {
  world.sessions.ended.add('p1');
  await world.wakeUps.announce(['session.session of p1']);
}

test('closes its sockets with a reason, ends its streams, and lets its token do nothing any more', async () => {
  await using world = await startWorld();
  world.jobs.add('j1');
  const token = await world.token();
  const [socket, idle] = [await openInitialised(world.url, token), await openInitialised(world.url, token)];
  socket.send({ id: '1', type: 'subscribe', payload: { query: live } });
  await socket.next();
  const stream = await openHttpStream(world, { query: live, token });
  await stream.next();
  const other = await openInitialised(world.url, await world.token(undefined, { userId: 'p2' }));
  await endSession(world);
  for (const { closed } of [socket, idle]) expect(await closed).toEqual({ code: 4403, reason: 'Access token revoked' });
  expect(await stream.next()).toMatch(/"This access token does not hold any more.*"code":"UNAUTHENTICATED"/);
  expect(await stream.next()).toBe('event: complete\ndata:');
  await waitFor(() => world.wakeUps.topics.length === 0);
  expect(world.logged('subscription.ended').map(({ reason }) => reason)).toEqual(['revoked', 'revoked']);
  const answer = await world.post({ query: '{ never }' }, { authorization: `Bearer ${token}` });
  expect([answer.status, answer.body.errors?.[0]?.extensions['code']]).toEqual([401, 'UNAUTHENTICATED']);
  const again = await openRawSocket(world.url);
  again.send({ type: 'connection_init', payload: { accessToken: token } });
  expect((await again.closed).code).toBe(4403);
  other.send({ id: '1', type: 'subscribe', payload: { query: '{ ping }' } });
  expect((await other.next()).payload).toEqual({ data: { ping: 'pong' } });
  other.socket.close();
});

test('ends operations on a shared event stream', async () => {
  await using world = await startWorld();
  world.jobs.add('j1');
  const token = await world.token();
  const authorization = `Bearer ${token}`;
  const reserved = await fetch(`${world.url}/graphql`, { method: 'PUT', headers: { authorization } });
  const headers = { 'x-graphql-event-stream-token': await reserved.text() };
  const stream = await openHttpStream(world, { method: 'GET', token, headers });
  await stream.next();
  const post = { method: 'POST', headers: { ...headers, authorization, 'content-type': 'application/json' } };
  const body = JSON.stringify({ query: live, extensions: { operationId: 'a' } });
  await fetch(`${world.url}/graphql`, { ...post, body });
  await stream.next();
  await endSession(world);
  expect((await fetch(`${world.url}/graphql`, { ...post, body })).status).toBe(401);
  await waitFor(() => world.wakeUps.topics.length === 0);
  while ((await stream.next()) !== undefined);
});

test('a permission that is taken away revokes the tokens that have it, and no others', async () => {
  await using world = await startWorld();
  world.jobs.add('j1');
  const [mighty, modest] = [await world.token(), await world.token(['execution:read'], { userId: 'p2' })];
  const sockets = [await openInitialised(world.url, mighty), await openInitialised(world.url, modest)] as const;
  world.sessions.lost.add('user:read');
  await world.wakeUps.announce(['principal.p1', 'principal.p2']);
  expect((await sockets[0].closed).code).toBe(4403);
  sockets[1].send({ id: '1', type: 'subscribe', payload: { query: live } });
  expect((await sockets[1].next()).payload.data).toEqual({ job: { status: 'RUNNING' } });
  sockets[1].socket.close();
});

test('nobody is shut out because nobody can tell', async () => {
  await using world = await startWorld();
  world.sessions.isDown = true;
  world.jobs.add('j1');
  const answer = await world.post(
    { query: '{ job(id: "j1") { status } }' },
    { authorization: `Bearer ${await world.token()}` },
  );
  expect(answer.body.data).toEqual({ job: { status: 'RUNNING' } });
});
