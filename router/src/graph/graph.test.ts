import { parse, print } from 'graphql';
import { composeSupergraph, peopleSdl, workSdl } from '../testing/graph.ts';
import { startWorld } from '../testing/world.ts';
import type { World } from '../testing/world.ts';
import { inProcess } from '../transports/inProcess.ts';
import { SubgraphUnavailable } from '../transports/transport.ts';
import type { SubgraphTransport } from '../transports/transport.ts';

const failingWith = (answer: () => unknown): SubgraphTransport => inProcess({ execute: async () => answer() });

const jobQuery = '{ job(id: "j1") { name startedBy { name email } } }';

async function signedIn(world: World, permissions?: Parameters<World['token']>[0]) {
  return { authorization: `Bearer ${await world.token(permissions)}` };
}

describe('authorisation before planning', () => {
  test('a refused field is null with its path and what is missing, and is never fetched', async () => {
    await using world = await startWorld();
    world.jobs.add('j1');
    const answer = await world.post({ query: jobQuery }, await signedIn(world, ['execution:read']));
    expect(answer.body.data).toEqual({ job: { name: 'job j1', startedBy: { name: 'Ada', email: null } } });
    expect(answer.body.errors).toEqual([
      {
        message: 'Unauthorized field or type',
        path: ['job', 'startedBy', 'email'],
        locations: [{ line: 1, column: 41 }],
        extensions: {
          code: 'UNAUTHORIZED_FIELD_OR_TYPE',
          missing: expect.anything(),
          requestId: answer.headers.get('x-request-id'),
        },
      },
    ]);
    expect(world.people.calls.map(({ request }) => request.query).join()).not.toContain('email');
  });

  test('viewers with other permissions get plans of their own for the same document, in any order', async () => {
    await using world = await startWorld();
    world.jobs.add('j1');
    const all = await signedIn(world);
    const some = await signedIn(world, ['execution:read']);
    for (const headers of [some, all, some, all]) {
      const { body } = await world.post({ query: jobQuery }, headers);
      expect(body.data.job.startedBy.email).toBe(headers === all ? 'ada@example.test' : null);
    }
  });

  test('a mutation that the viewer may not do is not done', async () => {
    await using world = await startWorld();
    const query = 'mutation { startJob(name: "x") { id } }';
    const answer = await world.post({ query }, await signedIn(world, ['execution:read']));
    expect([answer.status, answer.body.data]).toEqual([403, undefined]);
    expect(world.jobs.resolved).toEqual([]);
  });
});

describe('subgraphs that fail', () => {
  test('one that does not answer costs its own fields only', async () => {
    const down = { execute: rejecting, close: async () => undefined };
    await using world = await startWorld({ subgraphs: { people: down } });
    world.jobs.add('j1');
    const answer = await world.post({ query: jobQuery }, await signedIn(world));
    expect(answer.body.data).toEqual({ job: { name: 'job j1', startedBy: null } });
    const requestId = answer.headers.get('x-request-id');
    expect(answer.body.errors).toEqual([
      {
        message: 'A part of the platform does not answer. Try again later.',
        path: ['job', 'startedBy'],
        extensions: { code: 'UNAVAILABLE', requestId },
      },
    ]);
    expect(JSON.stringify(answer.body)).not.toMatch(/10\.0\.0\.7|people|ECONN/);
    const failed = world.logged('subgraph.failed').filter((line) => line['requestId'] === requestId);
    expect(failed).toMatchObject([{ subgraph: 'people' }]);
  });

  test.each([
    ['text', () => 'it works'],
    ['nothing', () => undefined],
    ['a list', () => []],
    ['errors that are none', () => ({ errors: 'all of them' })],
    ['data that are none', () => ({ data: 'x' })],
    ['an exception with a secret', () => { throw new Error('password=hunter2'); }], // prettier-ignore
  ])('garbage (%s) is an internal error', async (_name, answer) => {
    await using world = await startWorld({ subgraphs: { people: failingWith(answer) } });
    world.jobs.add('j1');
    const { body } = await world.post({ query: jobQuery }, await signedIn(world));
    expect(body.data.job).toEqual({ name: 'job j1', startedBy: null });
    expect(body.errors).toMatchObject([
      { message: 'Internal server error', extensions: { code: 'INTERNAL_SERVER_ERROR' } },
    ]);
    expect(JSON.stringify(body)).not.toContain('hunter2');
  });

  test('data of the wrong shape do not reach the client', async () => {
    const entities = { data: { _entities: [{ __typename: 'Person', name: { first: 'Ada' }, email: 7 }] } };
    await using world = await startWorld({ subgraphs: { people: failingWith(() => entities) } });
    world.jobs.add('j1');
    const { body } = await world.post({ query: jobQuery }, await signedIn(world));
    expect(body.data.job).toEqual({ name: 'job j1', startedBy: null });
    expect(Object.keys(body)).not.toContain('extensions');
  });
});

describe('errors of subgraphs', () => {
  const failing = 'query ($how: String!) { failing(how: $how) }';

  test.each(['BAD_USER_INPUT', 'FORBIDDEN', 'UNAUTHENTICATED', 'NOT_FOUND'])('%s leaves with its text', async (how) => {
    await using world = await startWorld();
    const answer = await world.post({ query: failing, variables: { how } }, await signedIn(world));
    const requestId = answer.headers.get('x-request-id');
    expect(answer.body.errors).toEqual([
      { message: `said by the subgraph: ${how}`, path: ['failing'], extensions: { code: how, requestId } },
    ]);
  });

  test.each(['plain', 'GRAPHQL_VALIDATION_FAILED', 'INTERNAL_SERVER_ERROR', 'ECONNREFUSED'])(
    '%s is masked, and its text is in the log under the request id',
    async (how) => {
      await using world = await startWorld();
      const answer = await world.post({ query: failing, variables: { how } }, await signedIn(world));
      const requestId = answer.headers.get('x-request-id');
      expect(answer.body.errors).toEqual([
        {
          message: 'Internal server error',
          path: ['failing'],
          extensions: { code: 'INTERNAL_SERVER_ERROR', requestId },
        },
      ]);
      if (how === 'INTERNAL_SERVER_ERROR') return;
      const [line] = world.logged('subgraph.error.masked');
      expect(line).toMatchObject({ requestId, subgraph: 'work', path: 'failing' });
    },
  );

  test('UNAVAILABLE leaves with our text', async () => {
    await using world = await startWorld();
    const { body } = await world.post({ query: failing, variables: { how: 'UNAVAILABLE' } }, await signedIn(world));
    expect(body.errors?.[0]?.message).toBe('A part of the platform does not answer. Try again later.');
  });
});

describe('a supergraph that the router cannot serve is refused at the start', () => {
  test('a subgraph without an address', async () => {
    const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.12", import: ["@tag"])';
    const other = `${link} type Query { other: String @tag(name: "public") }`;
    const sdl = composeSupergraph({ people: peopleSdl, work: workSdl, other });
    await expect(startWorld({ supergraphSdl: sdl })).rejects.toThrow('names a subgraph "other"');
  });

  test('a feature for security that is not enforced', async () => {
    const link = '@link(url: "https://specs.example/hidden/v1.0", for: SECURITY)';
    const sdl = composeSupergraph().replace('schema\n', `schema ${link}\n`);
    expect(print(parse(sdl))).toContain('hidden');
    await expect(startWorld({ supergraphSdl: sdl })).rejects.toThrow('hidden');
  });
});

async function rejecting(): Promise<never> {
  throw new SubgraphUnavailable('ECONNREFUSED 10.0.0.7:4001');
}
