import { openInitialised } from './testing/rawSocket.ts';
import { waitFor } from './testing/waitFor.ts';
import { startWorld } from './testing/world.ts';
import type { OperationResult } from './operations/operation.ts';
import { anonymous } from '@opsconductor/authz';

const caller = { viewer: anonymous, requestId: 'r1', signal: new AbortController().signal };

test('operations can be run without HTTP, with the same checks', async () => {
  await using world = await startWorld();
  expect(await world.router.execute({ query: '{ ping }' }, caller)).toEqual({ data: { ping: 'pong' } });
  const refused = await world.router.execute({ query: '{ job(id: "j1") { name } }' }, caller);
  expect(refused.errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED', requestId: 'r1' } }]);
  expect((await world.router.execute({ query: '{' }, caller)).errors).toMatchObject([
    { extensions: { code: 'GRAPHQL_PARSE_FAILED' } },
  ]);
});

test('subscriptions can be run without a socket', async () => {
  await using world = await startWorld();
  world.jobs.add('j1');
  const viewer = await world.issuer.authenticator.authenticate(await world.token());
  const request = { query: 'subscription { job(id: "j1") { status } }' };
  const answers: OperationResult[] = [];
  for await (const answer of world.router.subscribe(request, { ...caller, viewer })) {
    answers.push(answer);
    break;
  }
  expect(answers).toEqual([{ data: { job: { status: 'RUNNING' } } }]);
  expect(world.wakeUps.topics).toEqual([]);
});

test('a drain lets what runs come to its end, and takes nothing new', async () => {
  await using world = await startWorld({ settings: { operationSeconds: 0.3 } });
  const authorization = `Bearer ${await world.token()}`;
  const running = world.post({ query: '{ never ping }' }, { authorization });
  await waitFor(() => world.work.calls[0]);
  await world.router.drain();
  const { body, headers } = await running;
  expect(body.data).toEqual({ never: null, ping: 'pong' });
  expect(headers.get('x-request-id')).toBeTruthy();
  await expect(world.post({ query: '{ ping }' })).rejects.toThrow();
});

test('a drain does not wait for a client that does not answer', async () => {
  await using world = await startWorld({ settings: { drainSeconds: 0.1 } });
  const client = await openInitialised(world.url, await world.token());
  client.socket.pause();
  await world.router.drain();
  client.socket.terminate();
});

test('an address that is taken is an error of listen', async () => {
  await using world = await startWorld();
  const port = Number(new URL(world.url).port);
  await expect(world.router.listen({ host: '127.0.0.1', port })).rejects.toThrow('EADDRINUSE');
});
