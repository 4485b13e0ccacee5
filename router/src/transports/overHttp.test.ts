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
  const transport = overHttp({ name: 'people', url: server.url, signAssertion, requestMs });
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

async function reach(
  listener: RequestListener,
  options: Partial<HttpTransportOptions> = {},
): Promise<Reached & { stop(): Promise<void> }> {
  const server = createServer(listener);
  const url = await listen(server, { host: '127.0.0.1', port: 0 });
  const transport = overHttp({ name: 'people', url, signAssertion, random: () => 0, ...options });
  const stop = () => closeGently(server, 0);
  return {
    transport,
    stop,
    async [Symbol.asyncDispose]() {
      await transport.close();
      await stop();
    },
  };
}
