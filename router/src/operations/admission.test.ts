import { createHash } from 'node:crypto';
import { GraphQLClient } from 'graphql-request';
import type { ClientError } from 'graphql-request';
import { openInitialised } from '../testing/rawSocket.ts';
import { startWorld } from '../testing/world.ts';
import type { Answer } from '../testing/world.ts';

const codeOf = ({ body }: Answer): unknown => body.errors?.[0]?.extensions['code'];
const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('cost', () => {
  test('is told to who asks for it, estimated and actual', async () => {
    await using world = await startWorld();
    world.jobs.add('j1');
    world.jobs.record('j1', 'one');
    const headers = { authorization: `Bearer ${await world.token()}` };
    const query = '{ jobEvents(jobId: "j1", first: 20) { nodes { text } pageInfo { hasNextPage } } }';
    const asked = await world.post({ query }, { ...headers, 'x-graphql-cost': '1' });
    expect(asked.body).toMatchObject({ extensions: { cost: { estimated: 22, actual: 3, limit: 100_000 } } });
    expect((await world.post({ query }, headers)).body).not.toHaveProperty('extensions');
    const figures = await world.metrics.metrics();
    expect(figures).toContain('opsc_router_operation_cost_estimated_sum 44');
    expect(figures).toContain('opsc_router_operation_cost_actual_sum 6');
  });

  test('beyond the limit is refused before anything runs, over every transport', async () => {
    await using world = await startWorld({ settings: { cost: { maxCost: 100 } } });
    const token = await world.token();
    const query = 'query ($n: Int) { jobEvents(jobId: "j1", first: $n) { nodes { text } } }';
    const variables = { n: 100 };
    const answer = await world.post({ query, variables }, { authorization: `Bearer ${token}` });
    expect(answer.status).toBe(400);
    expect(answer.body.errors?.[0]?.extensions).toMatchObject({
      code: 'COST_ESTIMATED_TOO_EXPENSIVE',
      limit: 100,
      actual: 101,
    });
    const socket = await openInitialised(world.url, token);
    socket.send({ type: 'subscribe', id: '1', payload: { query, variables } });
    expect(await socket.next()).toMatchObject({
      type: 'error',
      payload: [{ extensions: { code: 'COST_ESTIMATED_TOO_EXPENSIVE' } }],
    });
    socket.socket.close();
    await socket.closed;
    expect(world.work.calls).toEqual([]);
  });
});

describe('budgets', () => {
  test('are told in the headers, and refuse with 429 what is beyond', async () => {
    const user = { requestsPerMinute: 3, costPerMinute: 1_000 };
    await using world = await startWorld({ settings: { budgets: { user } } });
    const headers = { authorization: `Bearer ${await world.token()}` };
    const client = new GraphQLClient(`${world.url}/graphql`, { headers });
    const { headers: told } = await client.rawRequest('{ ping }');
    expect(told.get('ratelimit-policy')).toBe('"requests";q=3;w=60, "cost";q=1000;w=60');
    expect(told.get('ratelimit')).toMatch(/^"requests";r=2;t=20, "cost";r=1000;t=0$/);
    await client.request('{ ping }');
    await client.request('{ ping }');
    const refused = (await client.request('{ ping }').catch((error: unknown) => error)) as ClientError;
    expect(refused.response.status).toBe(429);
    expect(refused.response.errors?.[0]?.extensions).toMatchObject({
      code: 'REQUEST_RATE_LIMITED',
      budget: 'requests',
    });
    const seconds = Number((refused.response as { headers?: Headers }).headers?.get('retry-after'));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(20);
    // Another user, and a stranger, have their own.
    const other = { authorization: `Bearer ${await world.token([], { userId: 'p2' })}` };
    expect((await world.post({ query: '{ ping }' }, other)).status).toBe(200);
    expect((await world.post({ query: '{ ping }' })).status).toBe(200);
  });

  test('of cost are settled with the answer', async () => {
    const user = { requestsPerMinute: 100, costPerMinute: 100 };
    await using world = await startWorld({ settings: { budgets: { user } } });
    world.jobs.add('j1');
    const headers = { authorization: `Bearer ${await world.token()}` };
    const query = '{ jobEvents(jobId: "j1", first: 90) { nodes { text } } }';
    // Each is estimated at 91 and answers an empty page, which is 1.
    for (let i = 0; i < 5; i += 1) expect((await world.post({ query }, headers)).status).toBe(200);
  });

  test('hold for WebSockets too', async () => {
    const user = { requestsPerMinute: 1, costPerMinute: 0 };
    await using world = await startWorld({ settings: { budgets: { user } } });
    const socket = await openInitialised(world.url, await world.token());
    socket.send({ type: 'subscribe', id: '1', payload: { query: '{ ping }' } });
    expect(await socket.next()).toMatchObject({ type: 'next', payload: { data: { ping: 'pong' } } });
    expect(await socket.next()).toMatchObject({ type: 'complete' });
    socket.send({ type: 'subscribe', id: '2', payload: { query: '{ ping }' } });
    expect(await socket.next()).toMatchObject({
      type: 'error',
      payload: [{ extensions: { code: 'REQUEST_RATE_LIMITED', budget: 'requests' } }],
    });
    socket.socket.close();
    await socket.closed;
  });
});

describe('trusted documents', () => {
  const query = 'query Ping { ping }';
  const manifests = new Map([
    [
      'console',
      new Map([
        [digestOf(query), query],
        ['p', '{ ping }'],
      ]),
    ],
    ['cli', new Map([['p', '{ __typename }']])],
  ]);

  test('are named by documentId, over GET and POST, or by the hash of Apollo', async () => {
    await using world = await startWorld({ settings: { documents: { manifests } } });
    const id = digestOf(query);
    const answers = [
      await world.post({ documentId: id }),
      await world.post({ documentId: `sha256:${id}`, operationName: 'Ping' }),
      await world.post({ extensions: { persistedQuery: { version: 1, sha256Hash: id } } }),
      await world.post({ documentId: id, query }),
    ];
    for (const answer of answers) expect(answer.body).toEqual({ data: { ping: 'pong' } });
    const got = await fetch(`${world.url}/graphql?documentId=${id}`);
    expect(await got.json()).toEqual({ data: { ping: 'pong' } });
    expect(await world.metrics.metrics()).toContain('opsc_router_documents_total{kind="trusted"} 5');
  });

  test('are those of the client that says its name', async () => {
    await using world = await startWorld({ settings: { documents: { manifests } } });
    const ofConsole = await world.post({ documentId: 'p' }, { 'apollographql-client-name': 'console' });
    const ofCli = await world.post({ documentId: 'p' }, { 'graphql-client-name': 'cli' });
    expect([ofConsole.body.data, ofCli.body.data]).toEqual([{ ping: 'pong' }, { __typename: 'Query' }]);
  });

  test('an identifier that nobody knows, or of another text, is refused', async () => {
    await using world = await startWorld({ settings: { documents: { manifests } } });
    expect(codeOf(await world.post({ documentId: 'nothing' }))).toBe('PERSISTED_QUERY_NOT_FOUND');
    expect(codeOf(await world.post({ documentId: 'p', query: '{ other: ping }' }))).toBe('BAD_USER_INPUT');
    expect(codeOf(await world.post({ documentId: 7 }))).toBe('BAD_USER_INPUT');
    expect(codeOf(await world.post({ documentId: 'x'.repeat(300) }))).toBe('BAD_USER_INPUT');
  });

  test('are all that runs with a safelist', async () => {
    await using world = await startWorld({ settings: { documents: { manifests, mode: 'safelist' } } });
    expect((await world.post({ query })).body.data).toEqual({ ping: 'pong' });
    expect((await world.post({ documentId: 'p' })).body.data).toEqual({ ping: 'pong' });
    const refused = await world.post({ query: '{ ping } ' });
    expect([refused.status, codeOf(refused)]).toEqual([403, 'QUERY_NOT_IN_SAFELIST']);
    const socket = await openInitialised(world.url, await world.token());
    socket.send({ type: 'subscribe', id: '1', payload: { query: 'subscription { job(id: "j1") { name } }' } });
    expect(await socket.next()).toMatchObject({ payload: [{ extensions: { code: 'QUERY_NOT_IN_SAFELIST' } }] });
    const named = { query: '', extensions: { persistedQuery: { version: 1, sha256Hash: digestOf(query) } } };
    socket.send({ type: 'subscribe', id: '2', payload: named });
    expect(await socket.next()).toMatchObject({ type: 'next', payload: { data: { ping: 'pong' } } });
    socket.socket.close();
    await socket.closed;
  });

  test('texts are refused where identifiers are wanted', async () => {
    await using world = await startWorld({ settings: { documents: { manifests, mode: 'ids' } } });
    expect(codeOf(await world.post({ query }))).toBe('PERSISTED_QUERY_ID_REQUIRED');
    expect((await world.post({ documentId: 'p' })).status).toBe(200);
  });

  test('what a safelist would refuse can be logged first', async () => {
    await using world = await startWorld({ settings: { documents: { manifests, mode: 'log' } } });
    expect((await world.post({ query: '{ a: ping }' })).body.data).toEqual({ a: 'pong' });
    expect(world.logged('document.untrusted')).toMatchObject([{ digest: digestOf('{ a: ping }') }]);
  });
});

describe('automatic documents', () => {
  const hashed = (query: string) => ({ extensions: { persistedQuery: { version: 1, sha256Hash: digestOf(query) } } });

  test('are off unless switched on', async () => {
    await using world = await startWorld();
    expect(codeOf(await world.post(hashed('{ ping }')))).toBe('PERSISTED_QUERY_NOT_SUPPORTED');
    await world.post({ query: '{ ping }', ...hashed('{ ping }') });
    expect(codeOf(await world.post(hashed('{ ping }')))).toBe('PERSISTED_QUERY_NOT_SUPPORTED');
  });

  test('are kept once they have run', async () => {
    await using world = await startWorld({ settings: { documents: { automatic: true } } });
    const unknown = await world.post(hashed('{ ping }'));
    expect(unknown.body.errors?.[0]).toMatchObject({
      message: 'PersistedQueryNotFound',
      extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' },
    });
    await world.post({ query: '{ ping }', ...hashed('{ ping }') });
    expect((await world.post(hashed('{ ping }'))).body.data).toEqual({ ping: 'pong' });
  });

  test('what is not valid, or has another digest, is not kept', async () => {
    await using world = await startWorld({ settings: { documents: { automatic: true } } });
    await world.post({ query: '{ nothing }', ...hashed('{ nothing }') });
    expect(codeOf(await world.post(hashed('{ nothing }')))).toBe('PERSISTED_QUERY_NOT_FOUND');
    expect(codeOf(await world.post({ query: '{ ping }', ...hashed('{ other: ping }') }))).toBe('BAD_USER_INPUT');
    expect(codeOf(await world.post(hashed('{ other: ping }')))).toBe('PERSISTED_QUERY_NOT_FOUND');
  });
});
