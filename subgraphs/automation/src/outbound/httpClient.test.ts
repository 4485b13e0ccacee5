import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseNetworks } from '../ssh/networks.ts';
import { createHttpClient, HttpFault } from './httpClient.ts';
import type { HttpClient, HttpRequest } from './httpClient.ts';

const never = new AbortController().signal;
const servers: Server[] = [];
const clients: HttpClient[] = [];
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  for (const server of servers) server.closeAllConnections();
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
});

async function serve(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** A client that may go to loopback, where the servers of these tests are. */
function allowing(networks: string[], resolve?: (name: string) => Promise<string[]>): HttpClient {
  const client = createHttpClient({ allowedNetworks: parseNetworks(networks), ...(resolve && { resolve }) });
  clients.push(client);
  return client;
}
const local = allowing(['127.0.0.0/8']);
const get = (url: string, change: Partial<HttpRequest> = {}) => local.send({ method: 'GET', url, ...change }, never);

test('asks, with what it is given, and gives the answer', async () => {
  const port = await serve((request, response) => {
    request.setEncoding('utf8');
    request.on('data', (body: string) => {
      response
        .writeHead(201, { 'x-y': 'z' })
        .end(`${request.method} ${request.url} ${String(request.headers['x-a'])} ${body}`);
    });
  });
  const url = `http://127.0.0.1:${port}/a?b=c`;
  const answer = await get(url, { method: 'POST', headers: { 'x-a': '1' }, body: 'é' });
  expect(answer).toMatchObject({ status: 201, body: 'POST /a?b=c 1 é', headers: { 'x-y': 'z' } });
});

test.each([
  'http://127.0.0.1',
  'http://127.1',
  'http://0x7f.1',
  'http://0177.0.0.1',
  'http://2130706433',
  'http://127.0.0.1.',
  'http://localhost',
  'http://LOCALHOST.',
  'http://[::1]',
  'http://[::ffff:127.0.0.1]',
  'http://[0:0:0:0:0:ffff:7f00:1]',
  'http://0.0.0.0',
  'http://[::]',
  'http://①②⑦.0.0.1',
])('no spelling of loopback is connected to: %s', async (origin) => {
  let asked = 0;
  const port = await serve((_, response) => {
    asked += 1;
    response.end();
  });
  await expect(allowing([]).send({ method: 'GET', url: `${origin}:${port}/` }, never)).rejects.toBeInstanceOf(
    HttpFault,
  );
  expect(asked).toBe(0);
});

test.each([
  '169.254.169.254',
  '100.100.100.200',
  '168.63.129.16',
  'fe80::1',
  '224.0.0.1',
  '255.255.255.255',
  'fd00:ec2::254',
])('a name that means %s is not connected to', async (address) => {
  const client = allowing(['127.0.0.0/8'], async () => [address]);
  await expect(client.send({ method: 'GET', url: 'http://example.test/' }, never)).rejects.toThrow('not connected to');
});

test('what is connected to is what was checked, although the name means something else the next time', async () => {
  const port = await serve((_, response) => response.end('inside'));
  const answers = [['127.0.0.1'], ['10.255.255.1']];
  const client = allowing(['127.0.0.0/8'], async () => answers.shift() ?? []);
  expect(await client.send({ method: 'GET', url: `http://example.test:${port}/` }, never)).toMatchObject({
    body: 'inside',
  });
  expect(answers).toHaveLength(1);
});

test.each([
  'file:///etc/passwd',
  'ftp://x/',
  'gopher://x/',
  'data:text/plain,x',
  'http://a:b@x/',
  'nonsense',
  'http://',
])('what is not plain http is refused: %s', async (url) => {
  await expect(get(url)).rejects.toBeInstanceOf(HttpFault);
});

test('redirects are followed, checked, and carry no credentials to another origin', async () => {
  const seen: (string | undefined)[] = [];
  const other = await serve((request, response) => {
    seen.push(request.headers.authorization, request.headers['x-kept'] as string);
    response.end('there');
  });
  const port = await serve((request, response) => {
    const to =
      request.url === '/away'
        ? `http://127.0.0.1:${other}/`
        : request.url === '/inside'
          ? 'http://169.254.169.254/'
          : request.url;
    response.writeHead(302, { location: to }).end();
  });
  const headers = { Authorization: 'Bearer x', 'X-Kept': 'y' };
  expect((await get(`http://127.0.0.1:${port}/away`, { headers })).body).toBe('there');
  expect(seen).toEqual([undefined, 'y']);
  await expect(get(`http://127.0.0.1:${port}/inside`)).rejects.toThrow('not connected to');
  await expect(get(`http://127.0.0.1:${port}/round`)).rejects.toThrow('redirects');
});

test('a redirect after a POST asks with GET, one that keeps the method keeps the body', async () => {
  const port = await serve((request, response) => {
    if (request.url === '/303' || request.url === '/307') {
      response.writeHead(Number(request.url.slice(1)), { location: '/end' }).end();
      return;
    }
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => response.end(`${request.method} ${body}`));
  });
  const post = (path: string) => get(`http://127.0.0.1:${port}${path}`, { method: 'POST', body: 'x' });
  expect((await post('/303')).body).toBe('GET ');
  expect((await post('/307')).body).toBe('POST x');
});

test('an answer without end, one that never begins, and one that stops are given up', async () => {
  const port = await serve((request, response) => {
    if (request.url === '/endless') {
      const write = (): void =>
        void (response.write('x'.repeat(65_536)) ? setImmediate(write) : response.once('drain', write));
      write();
    }
    if (request.url === '/stops') response.write('some');
  });
  await expect(get(`http://127.0.0.1:${port}/endless`)).rejects.toThrow('bytes');
  await expect(get(`http://127.0.0.1:${port}/never`, { timeoutMs: 100 })).rejects.toThrow('did not answer within');
  await expect(get(`http://127.0.0.1:${port}/stops`, { timeoutMs: 100 })).rejects.toThrow('did not answer within');
});

test('whoever asked may leave', async () => {
  const leaving = new AbortController();
  const port = await serve(() => leaving.abort());
  await expect(local.send({ method: 'GET', url: `http://127.0.0.1:${port}/` }, leaving.signal)).rejects.toMatchObject({
    name: 'AbortError',
  });
});
