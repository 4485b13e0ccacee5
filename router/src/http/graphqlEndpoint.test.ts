import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { waitFor } from '../testing/waitFor.ts';
import { startWorld } from '../testing/world.ts';
import type { World } from '../testing/world.ts';

let world: World;
let authorization: string;

beforeAll(async () => {
  world = await startWorld({ settings: { operationSeconds: 1, allowedOrigins: ['https://console.example'] } });
  world.jobs.add('j1');
  authorization = `Bearer ${await world.token()}`;
});

afterAll(() => world[Symbol.asyncDispose]());

const codeOf = ({ body }: { body: { errors?: { extensions: Record<string, unknown> }[] } }): unknown =>
  body.errors?.[0]?.extensions['code'];

describe('bytes and JSON', () => {
  test.each([
    ['text/plain', 'a form of a web page'],
    ['application/x-www-form-urlencoded', 'a form'],
    ['application/json; charset=latin1', 'another encoding'],
  ])('a body of %s (%s) is refused unread', async (type) => {
    const answer = await world.post({ query: '{ ping }' }, { 'content-type': type });
    expect([answer.status, codeOf(answer)]).toEqual([415, 'BAD_USER_INPUT']);
  });

  test('JSON with an encoding of UTF-8 is read', async () => {
    const answer = await world.post({ query: '{ ping }' }, { 'content-type': 'Application/JSON; charset=UTF-8' });
    expect(answer.body).toEqual({ data: { ping: 'pong' } });
  });

  test('a body of 3 MB is refused, whether its length is announced or not', async () => {
    const body = JSON.stringify({ query: `{ ping } # ${'x'.repeat(3_000_000)}` });
    const announced = await world.post(body);
    expect([announced.status, codeOf(announced)]).toEqual([413, 'BAD_USER_INPUT']);
    const stream = new Blob([body]).stream();
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: stream, duplex: 'half' };
    const streamed = await fetch(`${world.url}/graphql`, init as RequestInit).then(
      ({ status }) => status,
      (error: { cause?: { code?: string } }) => error.cause?.code,
    );
    // The client may still be sending when the answer and the end of the connection arrive.
    expect([413, 'EPIPE', 'ECONNRESET', 'UND_ERR_SOCKET']).toContain(streamed);
  });

  test('a body that is announced as too large is not waited for', async () => {
    const headers = { 'content-type': 'application/json', 'content-length': '3000000' };
    const outgoing = request(`${world.url}/graphql`, { method: 'POST', headers });
    outgoing.flushHeaders();
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    expect([response.statusCode, response.headers.connection]).toEqual([413, 'close']);
    outgoing.destroy();
  });

  test.each([
    ['{"query":', 'no JSON'],
    ['"text"', 'no object'],
    ['[{"query":"{ ping }"}]', 'a batch'],
    ['{}', 'no query'],
    ['{"query":{"kind":"Document"}}', 'a query that is no text'],
    ['{"query":"{ ping }","variables":"{}"}', 'variables that are text'],
    ['{"query":"{ ping }","variables":[1]}', 'variables that are a list'],
    ['{"query":"{ ping }","operationName":7}', 'a name that is no text'],
  ])('%s is refused: %s', async (body) => {
    const answer = await world.post(body);
    expect([answer.status, codeOf(answer)]).toEqual([400, 'BAD_USER_INPUT']);
    expect(answer.body.errors?.[0]?.extensions['requestId']).toBe(answer.headers.get('x-request-id'));
  });

  test('bytes that are no UTF-8 are refused', async () => {
    const body = Buffer.concat([Buffer.from('{"query":"{ ping } #'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]);
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
    expect((await fetch(`${world.url}/graphql`, init)).status).toBe(400);
  });

  test('a hash without a document is answered with the code that makes clients send the document', async () => {
    const extensions = { persistedQuery: { version: 1, sha256Hash: 'a'.repeat(64) } };
    expect(codeOf(await world.post({ extensions }))).toBe('PERSISTED_QUERY_NOT_SUPPORTED');
  });
});

describe('methods', () => {
  const get = (query: string) =>
    fetch(`${world.url}/graphql?query=${encodeURIComponent(query)}`, { headers: { authorization } });

  test('GET answers queries', async () => {
    expect(await (await get('{ ping }')).json()).toEqual({ data: { ping: 'pong' } });
  });

  test('GET with a mutation is refused and nothing is executed', async () => {
    const before = world.jobs.jobs.size;
    const response = await get('mutation { startJob(name: "x") { id } }');
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
    expect(world.jobs.jobs.size).toBe(before);
  });

  test('other methods are refused', async () => {
    const response = await fetch(`${world.url}/graphql`, { method: 'PATCH' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, POST, PUT, DELETE']);
  });
});

describe('tokens', () => {
  test('nobody gets what is public and nothing else', async () => {
    expect((await world.post({ query: '{ ping }' })).body).toEqual({ data: { ping: 'pong' } });
    const answer = await world.post({ query: '{ job(id: "j1") { name } }' });
    expect([answer.body.data, codeOf(answer)]).toEqual([{ job: null }, 'UNAUTHENTICATED']);
  });

  test('a token that has expired, is forged or is none is refused with a challenge before anything is parsed', async () => {
    const expired = await world.token([], { lifetimeSeconds: -1 });
    const [header, claims] = (await world.token()).split('.');
    for (const token of [expired, `${header}.${claims}.${'A'.repeat(86)}`, 'nonsense']) {
      const answer = await world.post({ query: '{ this is no GraphQL' }, { authorization: `Bearer ${token}` });
      expect([answer.status, codeOf(answer)]).toEqual([401, 'UNAUTHENTICATED']);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
    }
  });
});

describe('documents', () => {
  test.each([
    ['{ this is no GraphQL', 'GRAPHQL_PARSE_FAILED'],
    ['{ unknownField }', 'GRAPHQL_VALIDATION_FAILED'],
    ['query One { ping } query Two { ping }', 'BAD_USER_INPUT'],
    [`{ ${Array.from({ length: 60 }, (_, index) => `a${index}: ping`).join(' ')} }`, 'MAX_ALIASES_LIMIT'],
    ['query ($id: ID!) { job(id: $id) { name } }', 'BAD_USER_INPUT'],
  ])('%s is refused with %s', async (query, code) => {
    const answer = await world.post({ query }, { authorization });
    expect([answer.status, codeOf(answer)]).toEqual([400, code]);
    expect(answer.body).not.toHaveProperty('data');
  });

  test('clients of the old media type get the same errors with status 200', async () => {
    const answer = await world.post({ query: '{ unknownField }' }, { authorization, accept: 'application/json' });
    expect([answer.status, codeOf(answer)]).toEqual([200, 'GRAPHQL_VALIDATION_FAILED']);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
  });

  test('malformed variables name the variable', async () => {
    const query = 'query ($first: Int) { jobEvents(jobId: "j1", first: $first) { nodes { text } } }';
    const answer = await world.post({ query, variables: { first: 'many' } }, { authorization });
    expect(answer.body.errors?.[0]?.message).toContain('$first');
    expect([answer.status, codeOf(answer)]).toEqual([400, 'BAD_USER_INPUT']);
  });

  test('names of the schema are suggested only to those who may read it', async () => {
    const query = '{ pin }';
    const reader = await world.post({ query }, { authorization });
    const other = await world.post({ query }, { authorization: `Bearer ${await world.token(['execution:read'])}` });
    expect(reader.body.errors?.[0]?.message).toBe('Cannot query field "pin" on type "Query". Did you mean "ping"?');
    expect(other.body.errors?.[0]?.message).toBe('Cannot query field "pin" on type "Query".');
  });

  test('the schema is shown only to those who may read it', async () => {
    const query = '{ ping ...Inner } fragment Inner on Query { __schema { queryType { name } } }';
    const reader = await world.post({ query }, { authorization });
    expect(reader.body.data.__schema).toEqual({ queryType: { name: 'Query' } });
    expect(codeOf(await world.post({ query }))).toBe('UNAUTHENTICATED');
    const other = await world.post({ query }, { authorization: `Bearer ${await world.token(['execution:read'])}` });
    expect([other.status, codeOf(other)]).toEqual([403, 'FORBIDDEN']);
  });
});

describe('answers', () => {
  test('an Accept header that we cannot serve is refused', async () => {
    expect((await world.post({ query: '{ ping }' }, { accept: 'image/png' })).status).toBe(406);
    const subscription = await world.post(
      { query: 'subscription { job(id: "j1") { name } }' },
      { authorization, accept: 'application/json' },
    );
    expect(subscription.status).toBe(406);
  });

  test('an operation that takes too long is given up and says so', async () => {
    const answer = await world.post({ query: '{ never ping }' }, { authorization });
    expect(answer.body.data).toEqual({ never: null, ping: 'pong' });
    expect(codeOf(answer)).toBe('UNAVAILABLE');
  });

  test('a client that leaves aborts what runs in the subgraph', async () => {
    const leave = new AbortController();
    const before = world.work.calls.length;
    const pending = fetch(`${world.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization },
      body: JSON.stringify({ query: 'query Leaving { never }' }),
      signal: leave.signal,
    }).catch(() => undefined);
    const begun = await waitFor(() => world.work.calls[before]);
    leave.abort();
    if (!begun.call.signal.aborted) await once(begun.call.signal, 'abort');
    await pending;
    const line = await waitFor(() => world.logged('request.finished').find(({ outcome }) => outcome === 'cancelled'));
    expect(line).toMatchObject({ operationName: 'Leaving', type: 'query' });
  });

  test('headers that only a proxy may set are of no effect, and pages of other origins get no CORS', async () => {
    const answer = await world.post(
      { query: '{ job(id: "j1") { name } }' },
      { 'x-opsc-assertion': 'x', 'x-user-id': 'p1', 'x-forwarded-for': '1.2.3.4', origin: 'https://evil.example' },
    );
    expect(codeOf(answer)).toBe('UNAUTHENTICATED');
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });

  test('a listed origin is allowed, in the preflight and in the answer', async () => {
    const origin = 'https://console.example';
    const preflight = await fetch(`${world.url}/graphql`, { method: 'OPTIONS', headers: { origin } });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-headers')).toContain(
      'authorization, content-type, last-event-id, x-graphql-event-stream-token',
    );
    const answer = await world.post({ query: '{ ping }' }, { origin });
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
  });

  test('a request that is no HTTP does no harm', async () => {
    const { hostname, port } = new URL(world.url);
    const socket = connect(Number(port), hostname);
    socket.end('GARBAGE\r\n\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1.1 400/);
    expect((await world.post({ query: '{ ping }' })).status).toBe(200);
  });

  test('one line of log for each request, without variables', async () => {
    const query = 'query Named($id: ID!) { job(id: $id) { name } }';
    const answer = await world.post({ query, variables: { id: 'very private' } }, { authorization });
    const requestId = answer.headers.get('x-request-id');
    const lines = world.logged('request.finished').filter((line) => line['requestId'] === requestId);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ operationName: 'Named', type: 'query', outcome: 'ok', transport: 'http' });
    expect(JSON.stringify(lines)).not.toContain('very private');
    expect(await world.metrics.metrics()).toContain('operation="Named",type="query",transport="http",outcome="ok"');
  });
});
