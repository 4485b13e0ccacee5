import fc from 'fast-check';
import { GraphQLError } from 'graphql';
import { createAssertionSigner, createAssertionVerifier, generateSigningKey, publicPart } from '@opsconductor/authz';
import type { Permission, Viewer } from '@opsconductor/authz';
import { createLog, createMetrics } from '@opsconductor/telemetry';
import { decodeCursor, encodeCursor, readPage } from './connections.ts';
import type { Connection } from './connections.ts';
import { BadUserInput } from './errors.ts';
import { InvalidInput, Refusal, orRefusal } from './refusal.ts';
import { graphqlRoute, serveSubgraph } from './server.ts';
import type { SubgraphServer } from './server.ts';
import { createSubgraph } from './subgraph.ts';
import type { Subgraph } from './subgraph.ts';

const log = createLog('test', { level: 'silent' });
const key = generateSigningKey();
let resolved: string[] = [];
let subgraph: Subgraph;
let server: SubgraphServer;

/** The real SDL of the communication domain, with resolvers that only note that they ran. */
beforeAll(async () => {
  const event = { id: 'e1', position: 1, type: 'a.b.c', subjectType: 't', subjectId: 's', details: [] };
  const nodes = [{ ...event, occurredAt: new Date(0), hash: 'h', previousHash: 'p', actor: null, requestId: null }];
  const page = { nodes, pageInfo: { hasNextPage: false, endCursor: null } };
  const note = (name: string, value: unknown) => () => {
    resolved.push(name);
    if (value instanceof Error) throw value;
    return value;
  };
  subgraph = await createSubgraph({
    name: 'communication',
    log,
    createContext: ({ viewer }) => ({ viewer }),
    resolvers: {
      Query: {
        auditEvents: (_: unknown, { filter }: { filter?: { type?: string } }) =>
          note('auditEvents', faults[filter?.type ?? ''] ?? page)(),
      },
      AuditEvent: { __resolveReference: note('AuditEvent', nodes[0]) },
      User: { __resolveReference: note('User', { id: 'u1' }), auditEvents: note('User.auditEvents', page) },
    },
  });
  server = await serveSubgraph({
    host: '127.0.0.1',
    port: 0,
    routes: [graphqlRoute(subgraph)],
    documents: { '/document': async () => ({ a: 1 }) },
    verifyAssertion: createAssertionVerifier([{ issuer: 'router', jwk: publicPart(key) }], 'communication'),
    checkReady: async () => undefined,
    metrics,
    log,
  });
});
afterAll(async () => {
  await server.close();
  await subgraph.stop();
  metrics.clear();
});
beforeEach(() => (resolved = []));

const metrics = createMetrics();
const faults: Record<string, Error> = {
  secret: new Error('connect ECONNREFUSED 10.0.0.5:5432 password=hush'),
  outage: new Error('query failed', { cause: Object.assign(new Error('10.0.0.5:5432'), { code: 'ECONNREFUSED' }) }),
  rawOutage: Object.assign(new Error('raw query failed at 10.0.0.5:5432'), {
    code: 'P2010',
    meta: { driverAdapterError: { cause: { kind: 'DatabaseNotReachable', host: '10.0.0.5' } } },
  }),
  input: new BadUserInput('after is not a cursor of this list.'),
  graphql: new GraphQLError('select * from users', { extensions: { code: 'P2002', stacktrace: ['at /app'] } }),
};

const viewer = (...permissions: Permission[]): Viewer => ({
  kind: 'user',
  userId: 'u1',
  sessionId: 's1',
  permissions: new Set(permissions),
  expiresAt: new Date(Date.now() + 60_000),
});
const call = (asked: Viewer) => ({ viewer: asked, requestId: 'r1', signal: new AbortController().signal });
const codes = async (asked: Viewer, query: string) =>
  (await subgraph.execute({ query }, call(asked))).errors?.map(({ extensions }) => extensions?.['code']) ?? [];

const list = '{ auditEvents { nodes { id } } }';
const entity = '{ _entities(representations: [{ __typename: "AuditEvent", id: "e1" }]) { ... on AuditEvent { id } } }';
const throughUser =
  '{ _entities(representations: [{ __typename: "User", id: "u1" }]) { ... on User { auditEvents { nodes { id } } } } }';

test.each([list, entity, throughUser])(
  'the second wall refuses before a resolver of what is guarded ran: %s',
  async (query) => {
    expect(await codes({ kind: 'anonymous' }, query)).toEqual(['UNAUTHENTICATED']);
    expect(await codes(viewer('target:read'), query)).toEqual(['FORBIDDEN']);
    expect(resolved.filter((name) => name !== 'User')).toEqual([]);
    expect(await codes(viewer('audit:read'), query)).toEqual([]);
    expect(resolved.length).toBeGreaterThan(0);
  },
);

test('what is not ours to say is masked, with the detail in the log only', async () => {
  const errorFor = async (type: string) => {
    const query = `{ auditEvents(filter: { type: "${type}" }) { nodes { id } } }`;
    return (await subgraph.execute({ query }, call(viewer('audit:read')))).errors;
  };
  for (const type of ['secret', 'graphql']) {
    const [error] = (await errorFor(type)) ?? [];
    expect(error).toMatchObject({ message: 'Internal server error', extensions: { code: 'INTERNAL_SERVER_ERROR' } });
    expect(JSON.stringify(error)).not.toMatch(/hush|ECONN|select|P2002|at \//);
  }
  for (const type of ['outage', 'rawOutage']) {
    const [outage] = (await errorFor(type)) ?? [];
    expect(outage).toMatchObject({ extensions: { code: 'UNAVAILABLE' } });
    expect(JSON.stringify(outage)).not.toMatch(/10\.0|5432/);
  }
  expect((await errorFor('input'))?.[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
});

describe('over HTTP', () => {
  const body = JSON.stringify({ query: list });
  const sign = createAssertionSigner(key, 'router');
  const good = () => sign('communication', body, { viewer: viewer('audit:read'), requestId: 'r1' });
  const post = (assertion: string | undefined, text = body, path = '/graphql') =>
    fetch(server.url + path, {
      method: 'POST',
      body: text,
      headers: assertion ? { 'x-opsc-assertion': assertion } : {},
    });

  test('an assertion opens it', async () => {
    const response = await post(good());
    expect(await response.json()).toEqual({ data: { auditEvents: { nodes: [{ id: 'e1' }] } } });
  });

  test('nothing else does, and no resolver runs', async () => {
    const others = [
      await post(undefined),
      await post('Bearer x'),
      await post(good(), JSON.stringify({ query: '{ _service { sdl } }' })),
      await post(sign('assets', body, { viewer: viewer('audit:read'), requestId: 'r1' })),
    ];
    for (const response of others)
      expect({ status: response.status, text: await response.text() }).toEqual({
        status: 401,
        text: '{"error":"Unauthenticated"}',
      });
    expect(resolved).toEqual([]);
  });

  test('health and documents are open, other paths are not there', async () => {
    expect((await fetch(`${server.url}/live`)).status).toBe(200);
    expect((await fetch(`${server.url}/ready`)).status).toBe(200);
    expect(await (await fetch(`${server.url}/document`)).json()).toEqual({ a: 1 });
    expect((await fetch(`${server.url}/graphql`)).status).toBe(404);
    expect((await post(good(), body, '/other')).status).toBe(404);
  });

  test('a body that is too large is refused before it is read to the end', async () => {
    expect((await post(good(), 'x'.repeat(9 * 1024 * 1024))).status).toBe(413);
  });

  test('calls are counted by how they ended', async () => {
    metrics.resetMetrics();
    await post(good());
    await post(undefined);
    const unreadable = '{';
    await post(sign('communication', unreadable, { viewer: viewer('audit:read'), requestId: 'r1' }), unreadable);
    const figures = await (await fetch(`${server.url}/metrics`)).text();
    for (const outcome of ['ok', 'rejected', 'refused'])
      expect(figures).toContain(`opsc_call_duration_seconds_count{route="/graphql",outcome="${outcome}"} 1`);
  });
});

describe('connections', () => {
  test('cursors give back what they were made of, and nothing else is one', () => {
    const part = fc.oneof(fc.string(), fc.integer());
    fc.assert(fc.property(fc.array(part), (keyset) => expect(decodeCursor(encodeCursor(keyset))).toEqual(keyset)));
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          decodeCursor(text);
        } catch (error) {
          expect(error).toBeInstanceOf(BadUserInput);
        }
      }),
    );
  });

  test('pages of any size put together are the list', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.integer()), fc.integer({ min: 1, max: 10 }), async (numbers, first) => {
        const sorted = [...numbers].sort((one, other) => one - other);
        const seen: number[] = [];
        let after: string | null = null;
        for (;;) {
          const page: Connection<number> = await readPage(
            { first, after },
            10,
            (it: number) => [it],
            async (key, limit) => sorted.filter((it) => key === undefined || it > Number(key[0])).slice(0, limit),
          );
          seen.push(...page.nodes);
          after = page.pageInfo.endCursor;
          if (!page.pageInfo.hasNextPage) break;
        }
        expect(seen).toEqual(sorted);
      }),
    );
  });
});

describe('refusals', () => {
  class Taken extends Refusal {
    override readonly typeName = 'Taken';
  }

  test('a declared refusal becomes data, anything else is thrown on', async () => {
    const refuse = () => Promise.reject(new InvalidInput('name', 'Too long.'));
    expect(await orRefusal([InvalidInput], refuse)).toEqual({
      __typename: 'InvalidInput',
      message: 'Too long.',
      field: 'name',
    });
    await expect(orRefusal([Taken], refuse)).rejects.toBeInstanceOf(InvalidInput);
    await expect(orRefusal([Taken], () => Promise.reject(new Error('x')))).rejects.toThrow('x');
    expect(await orRefusal([Taken], async () => 1)).toBe(1);
  });
});
