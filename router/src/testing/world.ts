import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Permission } from '@opsconductor/authz';
import type { WakeUps } from '@opsconductor/events';
import { createLog, createMetrics } from '@opsconductor/telemetry';
import type { Metrics } from '@opsconductor/telemetry';
import { createLimits } from '../limits/limits.ts';
import { createRouter } from '../router.ts';
import type { Router } from '../router.ts';
import type { RouterSettingsInput } from '../settings.ts';
import { inProcess } from '../transports/inProcess.ts';
import type { SubgraphTransport } from '../transports/transport.ts';
import { composeSupergraph, createPeople, createTestSessions, createWork } from './graph.ts';
import type { TestSessions, TestSubgraph } from './graph.ts';
import { Jobs } from './jobs.ts';
import { createMemoryWakeUps } from './memoryWakeUps.ts';
import type { MemoryWakeUps } from './memoryWakeUps.ts';
import { createTestIssuer } from './tokens.ts';
import type { TestIssuer, TokenOptions } from './tokens.ts';

export interface WorldOptions {
  readonly settings?: RouterSettingsInput;
  readonly subgraphs?: Readonly<Record<string, SubgraphTransport>>;
  readonly supergraphSdl?: string;
  readonly contracts?: Readonly<Record<string, string>>;
  /** Instead of those inside the process. */
  readonly transport?: WakeUps;
}

/** A running router over the test graph, and all that a test needs around it. */
export interface World extends AsyncDisposable {
  readonly url: string;
  readonly router: Router;
  readonly jobs: Jobs;
  readonly people: TestSubgraph;
  readonly work: TestSubgraph;
  readonly sessions: TestSessions;
  readonly wakeUps: MemoryWakeUps;
  readonly issuer: TestIssuer;
  readonly metrics: Metrics;
  token(permissions?: readonly Permission[], options?: TokenOptions): Promise<string>;
  /** POSTs a GraphQL request as a client would. */
  post(body: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Lines of the router's log so far. */
  logged(event: string): Record<string, unknown>[];
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a test looks into it as it likes
  readonly body: { data?: any; errors?: { message: string; path?: unknown[]; extensions: Record<string, unknown> }[] };
}

const composed = composeSupergraph();

export async function startWorld({
  settings = {},
  subgraphs = {},
  supergraphSdl = composed,
  contracts = {},
  transport,
}: WorldOptions = {}): Promise<World> {
  const jobs = new Jobs();
  const sessions = createTestSessions();
  const [people, work] = [createPeople(sessions), createWork(jobs)];
  const wakeUps = createMemoryWakeUps();
  const issuer = createTestIssuer();
  const metrics = createMetrics();
  const folder = mkdtempSync(join(tmpdir(), 'router-test-'));
  const logFile = join(folder, 'log');
  const router = await createRouter({
    supergraphSdl,
    contracts,
    subgraphs: { people: inProcess(people), work: inProcess(work), ...subgraphs },
    authenticate: (credential) => issuer.authenticator.authenticate(credential),
    publicKeys: async () => issuer.publicKeys,
    wakeUps: transport ?? wakeUps,
    limits: createLimits(),
    log: createLog('router', { level: 'debug', destination: logFile }),
    metrics,
    settings: { drainSeconds: 2, ...settings, live: { pushIntervalMs: 5, ...settings.live } },
  });
  const url = await router.listen({ host: '127.0.0.1', port: 0 });
  return {
    url,
    router,
    jobs,
    people,
    work,
    sessions,
    wakeUps,
    issuer,
    metrics,
    token: (permissions = ['execution:read', 'user:read', 'execution:start', 'schema:read'], options = {}) =>
      issuer.issue(permissions, options),
    post: (body, headers = {}) => post(url, body, headers),
    logged: (event) => linesOf(logFile).filter(({ msg }) => msg === event),
    async [Symbol.asyncDispose]() {
      await router.close();
      metrics.clear();
      rmSync(folder, { recursive: true });
    },
  };
}

async function post(url: string, body: unknown, headers: Record<string, string>): Promise<Answer> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Answer['body'] };
}

function linesOf(file: string): Record<string, unknown>[] {
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}
