/*
 * Last accepted figures: 2026-11-25, Node 24.21.0, 2 cores of an Intel Xeon that others used, too: ratios hold, figures move.
 *
 *                          gateway CPU ms   stock/this   with subgraphs ms   requests/s   memory MB
 * light  stock                  1.57                          1.84              673          278
 *        stock, lean source     0.59         2.7x             0.78             1809          272
 *        ours, open             0.45         3.5x             0.66             2196          213
 *        ours                   0.91         1.7x             1.13             1145          216
 *        ours, subgr. inside    0.45         3.5x             0.45             2459          223
 * heavy  stock                  7.75                          11.3              134          348
 *        stock, lean source     6.14         1.3x             9.61              147          350
 *        ours, open             1.63         4.8x             3.24              462          218
 *        ours                   2.50         3.1x             4.03              377          219
 *        ours, subgr. inside    2.40         3.2x             2.40              427          305
 *
 * Of it, planning, authorising, executing and completing is 0.06 ms (light) and 0.6 ms (heavy); the rest is HTTP on both
 * sides, signatures, JSON, the log.
 */
import { deepStrictEqual } from 'node:assert';
import { startChild } from '../childProcess.ts';
import type { Child } from '../childProcess.ts';
import { measureInRounds } from '../rounds.ts';
import type { Contender, Result } from '../rounds.ts';
import { printTable, ratio } from '../table.ts';
import { issueAccessToken } from './accessToken.ts';
import type { OurOptions } from './gateways/ours.ts';
import type { StockOptions } from './gateways/stock.ts';
import { createClient } from './load.ts';
import type { Client } from './load.ts';
import { operations } from './operations.ts';
import type { Operation } from './operations.ts';
import { composeSupergraph } from './supergraph.ts';

/** What one query costs in the gateway, ours against the stock one, on the same subgraphs and with the same answers. */
export async function benchFederatedQuery(): Promise<void> {
  console.log(explanation);
  await using bench = await startBench();
  const { gateways, subgraphs } = bench;
  for (const operation of operations) {
    const answer = await requireEqualAnswers(gateways, operation);
    for (const { client } of gateways) await client.load(operation, operation.requestsPerRound);
    const contenders = gateways.map((gateway) => contenderOf(gateway, subgraphs, operation));
    const results = await measureInRounds(contenders, { rounds: 5, budgetSeconds: 45 });
    print(operation, Buffer.byteLength(JSON.stringify(answer)), results);
  }
}

const explanation = `
Four subgraphs (users, targets, executions, audit) in one process: node:http and graphql-js, data in memory. Each
gateway is a process of its own and its CPU time is its own; the load comes from a third process and shares the cores.
The stock gateway does no authorisation here, and it is as its documentation starts it: RemoteGraphQLDataSource,
startStandaloneServer, NODE_ENV=production. "Lean source" replaces its HTTP client by a bare undici Pool.
Ours does more with each request: it verifies an ES256 access token, holds the operation to its limits, authorises every
field by @requiresScopes, signs an ES256 assertion over the body of each fetch, masks errors, counts and logs.
"Open" does all of it but tokens and assertions, as the stock gateway does without: \`npm run router\`.`;

interface Gateway {
  readonly name: string;
  readonly child: Child;
  readonly client: Client;
}

interface Bench extends AsyncDisposable {
  readonly gateways: readonly Gateway[];
  readonly subgraphs: Child;
}

const STOCK = 'stock';

async function startBench(): Promise<Bench> {
  await using held = new AsyncDisposableStack();
  const start = (module: string): Child => {
    const child = startChild(import.meta.resolve(module));
    held.defer(() => child.stop());
    return child;
  };
  const { accessToken, publicKeys } = await issueAccessToken();
  const subgraphs = start('./subgraphs/main.ts');
  const subgraphsUrl = await subgraphs.call<string>('start');
  const open = composeSupergraph(subgraphsUrl, false);
  const guarded = composeSupergraph(subgraphsUrl, true);
  const startGateway = async (name: string, module: string, options: OurOptions | StockOptions): Promise<Gateway> => {
    const child = start(module);
    const client = createClient(await child.call<string>('start', options), accessToken);
    held.defer(() => client.close());
    return { name, child, client };
  };
  const stock = './gateways/stock.ts';
  const ours = './gateways/ours.ts';
  const gateways = await Promise.all([
    startGateway(STOCK, stock, { supergraphSdl: open, hasLeanSource: false }),
    startGateway('stock, lean source', stock, { supergraphSdl: open, hasLeanSource: true }),
    startGateway('ours, open', ours, { supergraphSdl: open, publicKeys: null, subgraphsUrl }),
    startGateway('ours', ours, { supergraphSdl: guarded, publicKeys, subgraphsUrl }),
    startGateway('ours, subgraphs inside', ours, { supergraphSdl: guarded, publicKeys, subgraphsUrl: null }),
  ]);
  const moved = held.move();
  return { gateways, subgraphs, [Symbol.asyncDispose]: () => moved.disposeAsync() };
}

/** @returns the answer. @throws AssertionError when two gateways answer differently, or with errors */
async function requireEqualAnswers(gateways: readonly Gateway[], operation: Operation): Promise<unknown> {
  const bodies = await Promise.all(gateways.map(({ client }) => client.ask(operation)));
  const answers = bodies.map((body) => JSON.parse(body) as unknown);
  for (const [index, answer] of answers.entries()) {
    const message = `${gateways[index]?.name} answers ${operation.name} differently`;
    deepStrictEqual(answer, answers[0], message);
    deepStrictEqual(
      Object.keys(answer as object),
      ['data'],
      `${gateways[index]?.name} has errors in ${operation.name}`,
    );
  }
  return answers[0];
}

type Figure = 'cpuMs' | 'subgraphsCpuMs' | 'perSecond' | 'memoryMb';

function contenderOf({ name, child, client }: Gateway, subgraphs: Child, operation: Operation): Contender<Figure> {
  const requests = operation.requestsPerRound;
  return {
    name,
    async measure() {
      const [before, subgraphsBefore] = [await child.usage(), await subgraphs.usage()];
      const seconds = await client.load(operation, requests);
      const [after, subgraphsAfter] = [await child.usage(), await subgraphs.usage()];
      return {
        cpuMs: (after.cpuMs - before.cpuMs) / requests,
        subgraphsCpuMs: (subgraphsAfter.cpuMs - subgraphsBefore.cpuMs) / requests,
        perSecond: requests / seconds,
        memoryMb: after.memoryMb,
      };
    },
  };
}

function print(operation: Operation, bytes: number, results: readonly Result<Figure>[]): void {
  const { name, requestsPerRound, concurrency } = operation;
  console.log(
    `\n${name}: an answer of ${(bytes / 1_000).toFixed(1)} KB; medians of ${results[0]?.rounds} rounds of ` +
      `${requestsPerRound} requests, ${concurrency} at once`,
  );
  const stock = results.find((result) => result.name === STOCK)?.figures;
  printTable(
    ['', 'gateway CPU ms', 'stock/this', 'with subgraphs ms', 'requests/s', 'this/stock', 'memory MB'],
    results.map(({ name, figures: { cpuMs, subgraphsCpuMs, perSecond, memoryMb } }) => [
      name,
      cpuMs,
      ratio(stock?.cpuMs ?? NaN, cpuMs),
      cpuMs + subgraphsCpuMs,
      perSecond,
      ratio(perSecond, stock?.perSecond ?? NaN),
      Math.round(memoryMb),
    ]),
  );
}
