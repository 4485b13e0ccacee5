import { builtInServices } from './builtInServices.ts';
import { givenTarget, unique } from '../testing/given.ts';
import { createWorld } from '../testing/world.ts';
import type { Caller, World } from '../testing/world.ts';

let world: World;
let operator: Caller;
beforeAll(async () => {
  world = await createWorld();
  operator = world.as('target:read', 'target:write');
});
afterAll(() => world.close());

const add = `mutation ($input: AddServiceDefinitionInput!) {
  addServiceDefinition(input: $input) {
    __typename
    ... on ServiceDefinitionAdded { serviceDefinition { key defaultPort isBuiltIn } }
    ... on InvalidInput { field }
  }
}`;
const schedule = `mutation ($input: ScheduleMaintenanceInput!) {
  scheduleMaintenance(input: $input) {
    __typename
    ... on MaintenanceScheduled { window { id } target { isInMaintenance maintenance { reason setBy { id } } } }
    ... on InvalidInput { field }
  }
}`;

test('more than fifty kinds of service are built in, each with a port that is one', () => {
  expect(builtInServices.size).toBeGreaterThanOrEqual(50);
  for (const [key, service] of builtInServices) {
    expect(key).toMatch(/^[a-z0-9-]{1,40}$/);
    expect(service.port).toBeGreaterThan(0);
    expect(service.port).toBeLessThan(65_536);
  }
});

test('a kind of service that was added is offered, used and found by filter', async () => {
  const key = unique('svc');
  const { data } = await operator(add, { input: { key, name: 'Ours', defaultPort: 7777 } });
  expect(data?.addServiceDefinition).toEqual({
    __typename: 'ServiceDefinitionAdded',
    serviceDefinition: { key, defaultPort: 7777, isBuiltIn: false },
  });
  const all = await operator('{ serviceDefinitions { key category } }');
  expect(all.data?.serviceDefinitions).toContainEqual({ key, category: 'OTHER' });
  const id = await givenTarget(world, { services: [{ definition: key }] });
  const found = await operator(
    `query ($expression: String!) {
      targets(filter: { expression: $expression }) { nodes { id port services { definition { name } } } }
    }`,
    { expression: `service:${key}` },
  );
  expect(found.data?.targets.nodes).toEqual([{ id, port: 7777, services: [{ definition: { name: 'Ours' } }] }]);
});

test('a key is taken once, and built-in ones are taken', async () => {
  const key = unique('svc');
  const input = { key, name: 'x', defaultPort: 1 };
  await operator(add, { input });
  for (const taken of [key, 'ssh'])
    expect((await operator(add, { input: { ...input, key: taken } })).data?.addServiceDefinition.__typename).toBe(
      'ServiceDefinitionTaken',
    );
  expect((await operator(add, { input: { ...input, key: 'Not A Key' } })).data?.addServiceDefinition).toEqual({
    __typename: 'InvalidInput',
    field: 'key',
  });
});

describe('maintenance', () => {
  const hours = (count: number) => new Date(Date.now() + count * 3_600_000).toISOString();

  test('a window holds from its start to its end, or until it is cancelled', async () => {
    const targetId = await givenTarget(world);
    const given = async (from: number, to: number) =>
      (await operator(schedule, { input: { targetId, startsAt: hours(from), endsAt: hours(to), reason: `${from}` } }))
        .data?.scheduleMaintenance;
    expect((await given(5, 6)).target).toMatchObject({ isInMaintenance: false });
    const now = await given(-1, 1);
    expect(now.target).toMatchObject({ isInMaintenance: true, maintenance: [{ reason: '-1' }, { reason: '5' }] });
    const cancel = `mutation ($id: ID!) {
      cancelMaintenance(input: { id: $id }) { __typename ... on MaintenanceCancelled { target { isInMaintenance } } }
    }`;
    const cancelled = await operator(cancel, { id: now.window.id });
    expect(cancelled.data?.cancelMaintenance).toEqual({
      __typename: 'MaintenanceCancelled',
      target: { isInMaintenance: false },
    });
    expect((await operator(cancel, { id: now.window.id })).data?.cancelMaintenance.__typename).toBe(
      'MaintenanceNotFound',
    );
  });

  test.each([
    [2, 1],
    [1, 24 * 400],
    [-2, -1],
  ])('a window from hour %i to hour %i is refused', async (from, to) => {
    const input = { targetId: await givenTarget(world), startsAt: hours(from), endsAt: hours(to), reason: 'x' };
    expect((await operator(schedule, { input })).data?.scheduleMaintenance).toEqual({
      __typename: 'InvalidInput',
      field: 'endsAt',
    });
  });
});
