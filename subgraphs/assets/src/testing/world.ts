/** The assets domain on a database of its own, for tests: through the graph, and over HTTP as other parts call it. */
import { randomUUID } from 'node:crypto';
import {
  anonymous,
  createAssertionSigner,
  createAssertionVerifier,
  generateSigningKey,
  publicPart,
} from '@opsconductor/authz';
import type { Permission, SignAssertion, Viewer } from '@opsconductor/authz';
import { connect } from '@opsconductor/database';
import { createJobQueue, createPostgresWakeUps, createTransact } from '@opsconductor/events';
import type { DomainEvent, Transact, WakeUps } from '@opsconductor/events';
import { createFleetClient } from '@opsconductor/fleet';
import type { Fleet } from '@opsconductor/fleet';
import { Releases } from '@opsconductor/process';
import { graphqlRoute, serveSubgraph } from '@opsconductor/subgraph';
import type { SubgraphResponse } from '@opsconductor/subgraph';
import { createLog } from '@opsconductor/telemetry';
import type { Log } from '@opsconductor/telemetry';
import { createTestDatabase } from '@opsconductor/testkit';
import type { Data } from '@opsconductor/testkit';
import { createRootKey, createVault } from '@opsconductor/vault';
import type { RootKey, RootVault } from '@opsconductor/vault';
import { PrismaClient } from '../../generated/prisma/client.ts';
import type { Db } from '../context.ts';
import { createAssets } from '../subgraph.ts';
import type { Assets } from '../subgraph.ts';

export interface World {
  readonly assets: Assets;
  readonly prisma: PrismaClient;
  readonly vault: RootVault;
  readonly wakeUps: WakeUps;
  readonly transact: Transact<Db>;
  readonly databaseUrl: string;
  /** Where the routes are served. */
  readonly url: string;
  /** Calls the graph as someone with exactly these permissions. */
  as(...permissions: Permission[]): Caller;
  readonly anonymous: Caller;
  /** The internal routes, as the named part of the platform calls them. */
  fleetOf(issuer: Issuer): Fleet;
  signerOf(issuer: Issuer): SignAssertion;
  /** Domain events so far with this request id; those of one transaction in no order. */
  listEvents(requestId: string): Promise<DomainEvent[]>;
  /** How many statements on the domain's tables `work` runs. */
  countStatements(work: () => Promise<unknown>): Promise<number>;
  close(): Promise<void>;
}

/** A part of the platform whose assertions are trusted. */
export type Issuer = 'automation' | 'executor' | 'router';

export interface Caller {
  (query: string, variables?: Record<string, unknown>): Promise<Answer>;
  readonly viewer: Viewer;
}

export interface Answer extends SubgraphResponse {
  readonly data?: Data;
  readonly requestId: string;
  /** Of the first error. */
  readonly code: unknown;
}

export async function createWorld(rootKey: RootKey = createRootKey()): Promise<World> {
  const held = new Releases();
  const database = held.add(await createTestDatabase(), (it) => it.drop());
  const { url: databaseUrl } = database;
  const log = createLog('assets', { level: 'silent' });
  const queue = held.add(await createJobQueue({ url: databaseUrl, log, name: 'test', supervise: false }), (it) =>
    it.stop(),
  );
  const wakeUps = held.add(await createPostgresWakeUps({ url: databaseUrl, log }), (it) => it.close());
  const { prisma, countStatements } = connectCounting(databaseUrl);
  held.add(prisma, (it) => it.$disconnect());
  const vault = createVault({ rootKey });
  const transact = createTransact<Db>(prisma, queue, wakeUps);
  const assets = held.add(await createAssets({ prisma, transact, vault, log }), (it) => it.stop());
  const { url, signerOf } = await serveAssets(assets, held, log);
  return {
    assets,
    prisma,
    vault,
    wakeUps,
    transact,
    databaseUrl,
    url,
    as: (...permissions) => callAs(assets, createViewer(...permissions)),
    anonymous: callAs(assets, anonymous),
    fleetOf: (issuer) => held.add(createFleetClient({ url, sign: signerOf(issuer) }), (it) => it.close()),
    signerOf,
    listEvents: createEventReader(prisma),
    countStatements,
    close: () => held.releaseAll(),
  };
}

export function createViewer(...permissions: Permission[]): Viewer {
  return {
    kind: 'user',
    userId: randomUUID(),
    sessionId: randomUUID(),
    permissions: new Set(permissions),
    expiresAt: new Date(Date.now() + 60_000),
  };
}

function callAs(assets: Assets, viewer: Viewer): Caller {
  const call = async (query: string, variables?: Record<string, unknown>): Promise<Answer> => {
    const requestId = randomUUID();
    const signal = AbortSignal.timeout(30_000);
    const answer = await assets.subgraph.execute({ query, variables }, { viewer, requestId, signal });
    return { ...answer, requestId, code: answer.errors?.[0]?.extensions?.['code'] };
  };
  return Object.assign(call, { viewer });
}

/** Serves the domain as its process does, to parts of the platform with keys of their own. */
async function serveAssets(assets: Assets, held: Releases, log: Log): Promise<Pick<World, 'url' | 'signerOf'>> {
  const keys = { automation: generateSigningKey(), executor: generateSigningKey(), router: generateSigningKey() };
  const trusted = Object.entries(keys).map(([issuer, key]) => ({ issuer, jwk: publicPart(key) }));
  const server = await serveSubgraph({
    host: '127.0.0.1',
    port: 0,
    routes: [graphqlRoute(assets.subgraph), ...assets.routes],
    verifyAssertion: createAssertionVerifier(trusted, 'assets'),
    checkReady: () => assets.checkReady(),
    log,
  });
  held.add(server, (it) => it.close());
  return { url: server.url, signerOf: (issuer) => createAssertionSigner(keys[issuer], issuer) };
}

/** What brackets transactions, and what the queue and wake-ups do in them. */
const notOurs = /^(begin|commit|rollback|savepoint|release|set|deallocate)\b|\bqueue\.|pg_notify/i;

/** A client that says how many statements it ran on the domain's tables; the queue's are not counted. */
function connectCounting(url: string): Pick<World, 'prisma' | 'countStatements'> {
  let statements = 0;
  class Counting extends PrismaClient {
    constructor(options: ConstructorParameters<typeof PrismaClient>[0]) {
      super({ ...options, log: [{ emit: 'event', level: 'query' }] } as never);
    }
  }
  const prisma = connect(Counting, { url, schema: 'assets', applicationName: 'assets test', poolSize: 10 });
  prisma.$on('query' as never, ({ query }: { query: string }) => {
    if (!notOurs.test(query)) statements += 1;
  });
  const countStatements = async (work: () => Promise<unknown>): Promise<number> => {
    const before = statements;
    await work();
    return statements - before;
  };
  return { prisma, countStatements };
}

/** Read from the queue's table: fetching skips jobs whose rows somebody looks at in that moment. */
function createEventReader(prisma: PrismaClient): World['listEvents'] {
  return async (requestId) => {
    const jobs = await prisma.$queryRaw<{ data: DomainEvent }[]>`
      select data from queue.job where name = 'communication.audit' and data ->> 'requestId' = ${requestId}`;
    return jobs.map(({ data }) => data);
  };
}
