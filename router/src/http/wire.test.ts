import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { startWorld } from '../testing/world.ts';
import type { World } from '../testing/world.ts';

let world: World;
let authorization: string;

beforeAll(async () => {
  world = await startWorld({ settings: { allowedOrigins: ['https://console.example'] } });
  world.jobs.add('j1');
  for (let i = 0; i < 100; i += 1) world.jobs.record('j1', `event number ${i}`);
  authorization = `Bearer ${await world.token()}`;
});

afterAll(() => world[Symbol.asyncDispose]());

const longQuery = '{ jobEvents(jobId: "j1", first: 100) { nodes { sequence text } } }';

/** A request as it goes over the wire, without what `fetch` adds and takes away. */
async function exchange(query: string, headers: Record<string, string>, method = 'POST') {
  const url = new URL('/graphql', world.url);
  if (method === 'GET') url.searchParams.set('query', query);
  const outgoing = request(url, { method, headers: { 'content-type': 'application/json', ...headers } });
  outgoing.end(method === 'GET' ? undefined : JSON.stringify({ query }));
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  const parts: Buffer[] = [];
  for await (const part of response as AsyncIterable<Buffer>) parts.push(part);
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(parts) };
}

describe('compression', () => {
  test.each([
    ['gzip', gunzipSync],
    ['br', brotliDecompressSync],
    ['zstd', zstdDecompressSync],
  ] as const)('%s is spoken', async (encoding, decompress) => {
    const plain = await exchange(longQuery, { authorization });
    const packed = await exchange(longQuery, { authorization, 'accept-encoding': `${encoding}, identity;q=0.1` });
    expect(packed.headers).toMatchObject({ 'content-encoding': encoding, vary: 'Origin, Accept-Encoding' });
    expect(decompress(packed.body)).toEqual(plain.body);
    expect(packed.body.length).toBeLessThan(plain.body.length / 3);
  });

  test('short answers, and those to clients that want none, are as they are', async () => {
    expect((await exchange('{ ping }', { 'accept-encoding': 'gzip' })).headers['content-encoding']).toBeUndefined();
    const refused = await exchange(longQuery, { authorization, 'accept-encoding': 'gzip;q=0, nonsense' });
    expect(refused.headers['content-encoding']).toBeUndefined();
  });

  test('event streams are never compressed', async () => {
    const headers = { authorization, accept: 'text/event-stream', 'accept-encoding': 'gzip, br' };
    const { headers: told, body } = await exchange(longQuery, headers);
    expect(told['content-encoding']).toBeUndefined();
    expect(body.toString()).toContain('event: next');
  });
});

describe('pages of other sites', () => {
  test.each([
    ['an image or a script', { 'sec-fetch-site': 'cross-site' }],
    ['a page of a sibling domain', { 'sec-fetch-site': 'same-site' }],
    ['an older browser', { origin: 'https://evil.example' }],
    ['a page that may not call', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
  ])('cannot make a browser GET: %s', async (_, headers) => {
    const before = world.people.calls.length;
    expect((await exchange('{ ping }', headers, 'GET')).status).toBe(403);
    expect(world.people.calls).toHaveLength(before);
  });

  test.each([
    ['a program', {}],
    ['our own page', { 'sec-fetch-site': 'same-origin' }],
    ['the address bar', { 'sec-fetch-site': 'none' }],
    ['a page that may', { 'sec-fetch-site': 'cross-site', origin: 'https://console.example' }],
  ])('others can: %s', async (_, headers) => {
    expect((await exchange('{ ping }', headers, 'GET')).status).toBe(200);
  });
});

describe('trace context', () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

  test('is passed on to subgraphs', async () => {
    await exchange('{ ping }', { traceparent });
    expect(world.people.calls.at(-1)?.call.traceparent).toBe(traceparent);
  });

  test.each(['', 'nonsense', `${traceparent}-more`])('what is none is not: %j', async (header) => {
    await exchange('{ ping }', { traceparent: header });
    expect(world.people.calls.at(-1)?.call.traceparent).toBeUndefined();
  });
});

test('curl can do it', async () => {
  const body = JSON.stringify({ query: longQuery });
  const args = ['-sS', '--compressed', '-w', '\n%{http_code} %{content_type}', '-H', 'content-type: application/json'];
  const { stdout } = await promisify(execFile)('curl', [
    ...args,
    ...['-H', `authorization: ${authorization}`, '-d', body, `${world.url}/graphql`],
  ]);
  const [answer = '', status] = stdout.split('\n');
  expect((JSON.parse(answer) as { data: { jobEvents: { nodes: unknown[] } } }).data.jobEvents.nodes).toHaveLength(100);
  expect(status).toBe('200 application/graphql-response+json; charset=utf-8');
});

describe('caches stay bounded', () => {
  test('10,000 different texts leave as much behind as 2,000', async () => {
    await using other = await startWorld({
      settings: { budgets: { stranger: { requestsPerMinute: 0, costPerMinute: 0 } } },
    });
    const caller = { viewer: { kind: 'anonymous' }, requestId: 'r', signal: new AbortController().signal } as const;
    for (let i = 0; i < 10_000; i += 1) await other.router.execute({ query: `{ a${i}: ping }` }, caller);
    const figures = await other.metrics.metrics();
    expect(figures).toContain('opsc_router_document_cache_total{result="miss"} 10000');
    await other.router.execute({ query: '{ a9999: ping }' }, caller);
    await other.router.execute({ query: '{ a0: ping }' }, caller);
    const after = await other.metrics.metrics();
    expect(after).toContain('opsc_router_document_cache_total{result="hit"} 1\n');
    expect(after).toContain('opsc_router_document_cache_total{result="miss"} 10001');
  });
});
