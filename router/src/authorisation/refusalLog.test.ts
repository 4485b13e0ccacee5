/** Rule R1 of SPEC.md: refusals are told to the log, bounded. And what becomes of the modes over HTTP. */
import { waitFor } from '../testing/waitFor.ts';
import { startWorld } from '../testing/world.ts';
import type { World } from '../testing/world.ts';

const query = 'query Job { job(id: "j1") { name startedBy { email } } }';
const asking = async (world: World) => ({
  authorization: `Bearer ${await world.token(['execution:read', 'schema:read'])}`,
});

test('R1: says who was refused what in which operation, once in a minute', async () => {
  await using world = await startWorld();
  world.jobs.add('j1');
  const headers = await asking(world);
  for (let time = 0; time < 50; time += 1) await world.post({ query }, headers);
  await world.post({ query: 'query Other { person(id: "p1") { id } }' }, headers);
  await waitFor(() => world.logged('operation.refused').length >= 2);
  expect(world.logged('operation.refused')).toMatchObject([
    { userId: 'p1', operationName: 'Job', mode: 'filter', fields: ['Person.email'], requestId: expect.any(String) },
    { userId: 'p1', operationName: 'Other', mode: 'filter', fields: ['Query.person'] },
  ]);
});

test('M1: the mode reject answers without data and runs nothing', async () => {
  await using world = await startWorld({ settings: { authorisation: { mode: 'reject' } } });
  world.jobs.add('j1');
  const { status, body } = await world.post({ query }, await asking(world));
  expect([status, body.data]).toEqual([403, undefined]);
  expect(body.errors).toMatchObject([{ path: ['job', 'startedBy', 'email'] }]);
  expect(world.jobs.resolved).toEqual([]);
});

test('M1: a client asks for all or nothing with extensions.authorisation', async () => {
  await using world = await startWorld();
  world.jobs.add('j1');
  const extensions = { authorisation: { mode: 'reject' } };
  const { body } = await world.post({ query, extensions }, await asking(world));
  expect([body.data, world.jobs.resolved]).toEqual([undefined, []]);
});

test('M2: a dry run answers everything and tells what would be refused', async () => {
  await using world = await startWorld({ settings: { authorisation: { mode: 'dryRun' } } });
  world.jobs.add('j1');
  const { body } = await world.post({ query }, await asking(world));
  expect(body.data.job.startedBy).toEqual({ email: 'ada@example.test' });
  expect(body.errors).toBeUndefined();
  expect((body as { extensions?: unknown }).extensions).toMatchObject({
    authorisation: { wouldRefuse: [{ path: ['job', 'startedBy', 'email'] }] },
  });
});

test('E1: an explanation is for those who may read the schema, and runs nothing', async () => {
  await using world = await startWorld();
  const extensions = { authorisation: { explain: true } };
  const { body } = await world.post({ query, extensions }, await asking(world));
  expect(body).toMatchObject({
    data: null,
    extensions: { authorisation: { roles: ['ADMIN', 'OPERATOR', 'AUDITOR'], viewer: { isAllowed: false } } },
  });
  expect(world.jobs.resolved).toEqual([]);
  const authorization = `Bearer ${await world.token(['execution:read'])}`;
  const refused = await world.post({ query, extensions }, { authorization });
  expect([refused.status, refused.body.errors?.[0]?.extensions['code']]).toEqual([403, 'FORBIDDEN']);
});
