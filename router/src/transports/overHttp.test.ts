import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { buffer, json } from 'node:stream/consumers';
import {
  ASSERTION_HEADER,
  createAssertionSigner,
  createAssertionVerifier,
  generateSigningKey,
  publicPart,
} from '@opsconductor/authz';
import { graphqlRoute, serveSubgraph } from '@opsconductor/subgraph';
import { createLog } from '@opsconductor/telemetry';
import { closeGently, listen } from '../server.ts';
import { createPeople } from '../testing/graph.ts';
import { overHttp } from './overHttp.ts';
import type { HttpTransportOptions } from './overHttp.ts';
import { SubgraphFault, SubgraphUnavailable } from './transport.ts';
import { callOf, describeTransport } from './transport.contract.ts';
import type { Reached } from './transport.contract.ts';

const key = generateSigningKey();
const signAssertion = createAssertionSigner(key, 'router');
const verifyAssertion = createAssertionVerifier([{ jwk: publicPart(key), issuer: 'router' }], 'people');

describeTransport('over HTTP', async (execute, requestMs) => {
  const server = await serveSubgraph({
    host: '127.0.0.1',
    port: 0,
    routes: [graphqlRoute({ ...createPeople(), execute: execute as never })],
    verifyAssertion,
    checkReady: async () => undefined,
    log: createLog('people', { level: 'silent' }),
  });
  const transport = overHttp({ name: 'people', urls: [`${server.url}/graphql`], signAssertion, requestMs });
  return {
    transport,
    async [Symbol.asyncDispose]() {
      await transport.close();
      await server.close();
    },
  };
});

describe('over HTTP only', () => {
  const query = { query: 'query { ping }' };

  test('the assertion holds for exactly the body that is sent', async () => {
    const checked: unknown[] = [];
    await using reached = await reach(async (request, response) => {
      const body = await buffer(request);
      checked.push(verifyAssertion(request.headers[ASSERTION_HEADER] as string, body).requestId);
      response.end('{"data":{"ping":"pöng"}}');
    });
    expect(await reached.transport.execute(query, callOf())).toEqual({ data: { ping: 'pöng' } });
    expect(checked).toEqual(['r1']);
  });

  test('a query is asked again when the subgraph is not reached, a mutation is not', async () => {
    const asked: string[] = [];
    await using reached = await reach(async (request, response) => {
      asked.push(((await json(request)) as { query: string }).query);
      if (asked.length === 1) return void response.writeHead(503).end();
      if (asked.length === 2) return void request.socket.destroy();
      if (asked.length === 3) return void response.end('{"data":{"ping":"pong"}}');
      response.writeHead(503).end();
    });
    expect(await reached.transport.execute(query, callOf())).toEqual({ data: { ping: 'pong' } });
    expect(asked).toHaveLength(3);
    const mutation = { query: 'mutation { ping }' };
    await expect(reached.transport.execute(mutation, callOf())).rejects.toThrow(SubgraphUnavailable);
    expect(asked.slice(3)).toEqual(['mutation { ping }']);
  });

  test('nobody listens: unavailable after the repetitions', async () => {
    await using reached = await reach(() => undefined);
    await reached.stop();
    await expect(reached.transport.execute(query, callOf())).rejects.toThrow(SubgraphUnavailable);
  });

  test('a response beyond the bound is a fault', async () => {
    await using reached = await reach(
      (_request, response) => void response.end(JSON.stringify({ data: { a: 'x'.repeat(5_000) } })),
      {
        maxResponseBytes: 1_000,
      },
    );
    await expect(reached.transport.execute(query, callOf())).rejects.toThrow(SubgraphFault);
  });

  test.each([
    [401, '{"error":"Unauthenticated"}'],
    [200, '<html>Error at /srv/app.js:1</html>'],
    [500, '{"data":{}}'],
    [302, ''],
  ])('status %i with %s is a fault', async (status, body) => {
    await using reached = await reach((_request, response) => void response.writeHead(status).end(body));
    await expect(reached.transport.execute(query, callOf())).rejects.toThrow(SubgraphFault);
  });
});

describe('a subgraph in trouble', () => {
  const query = { query: '{ ping }' };
  const pong = '{"data":{"ping":"pong"}}';

  test('is left alone after failures in a row, tried again later, and used again when that succeeds', async () => {
    let asked = 0;
    let isWell = false;
    let time = 0;
    await using reached = await reach(
      (_request, response) => {
        asked += 1;
        if (isWell) response.end(pong);
        else response.writeHead(503).end();
      },
      { retries: 0, circuit: { failures: 2, openMs: 1_000 }, now: () => time },
    );
    const ask = async () => reached.transport.execute(query, callOf());
    for (let turn = 0; turn < 4; turn += 1) await expect(ask()).rejects.toThrow(SubgraphUnavailable);
    expect(asked).toBe(2);
    time = 1_000;
    await expect(ask()).rejects.toThrow(SubgraphUnavailable);
    await expect(ask()).rejects.toThrow('circuit');
    expect(asked).toBe(3);
    isWell = true;
    time = 2_000;
    expect([await ask(), await ask()]).toEqual([{ data: { ping: 'pong' } }, { data: { ping: 'pong' } }]);
    expect(asked).toBe(5);
  });

  test('is not asked thrice by everybody: repetitions have a budget', async () => {
    let asked = 0;
    await using reached = await reach(
      (_request, response) => {
        asked += 1;
        response.writeHead(503).end();
      },
      { circuit: { failures: Infinity, openMs: 0 }, random: () => -0.5 },
    );
    for (let turn = 0; turn < 20; turn += 1)
      await expect(reached.transport.execute(query, callOf())).rejects.toThrow(SubgraphUnavailable);
    expect(asked).toBeLessThan(20 + 13);
  });

  test('holds only so many calls; the others wait, and leave when their caller does', async () => {
    const pending: (() => void)[] = [];
    const arrived = Promise.withResolvers<void>();
    await using reached = await reach(
      (_request, response) => {
        pending.push(() => response.end(pong));
        arrived.resolve();
      },
      { maxCalls: 1, maxWaitingCalls: 1 },
    );
    const first = reached.transport.execute(query, callOf());
    await arrived.promise;
    const leave = new AbortController();
    const second = reached.transport.execute(query, callOf(leave.signal));
    await expect(reached.transport.execute(query, callOf())).rejects.toThrow('too many');
    leave.abort();
    await expect(second).rejects.toThrow(SubgraphUnavailable);
    pending[0]?.();
    expect(await first).toEqual({ data: { ping: 'pong' } });
    expect(pending).toHaveLength(1);
  });

  test('has calls spread over its addresses, and a query goes to another when one is gone', async () => {
    const asked = [0, 0];
    const listener =
      (at: number): RequestListener =>
      (_request, response) => {
        asked[at] = (asked[at] ?? 0) + 1;
        response.end(pong);
      };
    await using one = await reach(listener(0));
    await using other = await reach(listener(1));
    const urls = [one.url, other.url].map((url) => `${url}/graphql`);
    const transport = overHttp({ name: 'people', urls, random: () => -0.5 });
    for (let turn = 0; turn < 6; turn += 1) await transport.execute(query, callOf());
    expect(asked).toEqual([3, 3]);
    await one.stop();
    for (let turn = 0; turn < 6; turn += 1) await transport.execute(query, callOf());
    expect(asked).toEqual([3, 9]);
    await transport.close();
  });

  test('may say with another status what is wrong with the request', async () => {
    const errors = [{ message: 'no such field' }];
    await using reached = await reach(
      (_request, response) => void response.writeHead(400).end(JSON.stringify({ errors })),
    );
    expect(await reached.transport.execute(query, callOf())).toEqual({ errors });
  });
});

async function reach(
  listener: RequestListener,
  options: Partial<HttpTransportOptions> = {},
): Promise<Reached & { readonly url: string; stop(): Promise<void> }> {
  const server = createServer(listener);
  const url = await listen(server, { host: '127.0.0.1', port: 0 });
  const transport = overHttp({ name: 'people', urls: [`${url}/graphql`], signAssertion, random: () => 0, ...options });
  const stop = () => closeGently(server, 0);
  return {
    transport,
    url,
    stop,
    async [Symbol.asyncDispose]() {
      await transport.close();
      await stop();
    },
  };
}
