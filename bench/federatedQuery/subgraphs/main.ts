/** All four subgraphs in one process: `node:http` and nothing around it, each at `/<name>/graphql`. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { offer } from '../../offer.ts';
import { createSubgraph, names } from './subgraphs.ts';
import type { GraphqlRequest, Subgraph } from './subgraphs.ts';

const subgraphs = new Map(names.map((name) => [`/${name}/graphql`, createSubgraph(name)]));

offer({
  /** @returns the address */
  async start() {
    const server = createServer((request, response) => {
      const subgraph = subgraphs.get(request.url ?? '');
      if (!subgraph) return response.writeHead(404).end();
      answer(subgraph, request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  },
});

async function answer(subgraph: Subgraph, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const parts: Buffer[] = [];
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
  const result = await subgraph.execute(JSON.parse(Buffer.concat(parts).toString()) as GraphqlRequest);
  const body = JSON.stringify(result);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
