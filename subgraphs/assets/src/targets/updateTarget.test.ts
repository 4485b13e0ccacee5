import { NOBODY, givenCredential, givenTarget, unique } from '../testing/given.ts';
import { createWorld } from '../testing/world.ts';
import type { Caller, World } from '../testing/world.ts';

let world: World;
let operator: Caller;
beforeAll(async () => {
  world = await createWorld();
  operator = world.as('target:read', 'target:write', 'credential:read');
});
afterAll(() => world.close());

const fields = `
  name address otherAddresses port hostKeyPolicy os description environment owner criticality tags
  labels { key value } attributes { key type value }
  services { definition { key } port isDefault }
  hardware { vendor serial } location { datacenter rack }
`;
const update = `mutation ($input: UpdateTargetInput!) {
  updateTarget(input: $input) {
    __typename
    ... on TargetUpdated { target { ${fields} credential { id } changes { nodes { fields { field before after } changedBy { id } } } } }
    ... on InvalidInput { field message }
    ... on TargetNotFound { ids }
  }
}`;
const change = async (id: string, input: Record<string, unknown>, as = operator) =>
  as(update, { input: { id, ...input } });

const whole = {
  otherAddresses: ['fd00::7'],
  os: 'Debian 13',
  description: 'The first one',
  environment: 'prod',
  owner: 'ops',
  criticality: 'HIGH',
  tags: ['web', 'blue', 'web'],
  labels: [{ key: 'tier', value: 'web' }],
  attributes: [
    { key: 'cores', type: 'NUMBER', value: '08' },
    { key: 'warranty', type: 'DATE', value: '2027-06-30' },
    { key: 'managed', type: 'BOOLEAN', value: 'true' },
    { key: 'note', value: 'text' },
  ],
  services: [{ definition: 'postgresql' }, { definition: 'ssh', port: 2222 }, { definition: 'http', isDefault: true }],
  hardware: { vendor: 'Dell', serial: 'X1' },
  location: { datacenter: 'ber', rack: '12' },
};

test('everything that a target can be is given, read and taken away again', async () => {
  const id = await givenTarget(world);
  const { data, errors } = await change(id, whole);
  expect(errors).toBeUndefined();
  expect(data?.updateTarget.target).toMatchObject({
    ...whole,
    port: 2222,
    tags: ['blue', 'web'],
    attributes: [
      { key: 'cores', type: 'NUMBER', value: '8' },
      { key: 'managed', type: 'BOOLEAN', value: 'true' },
      { key: 'note', type: 'TEXT', value: 'text' },
      { key: 'warranty', type: 'DATE', value: '2027-06-30' },
    ],
    services: [
      { definition: { key: 'http' }, port: 80, isDefault: true },
      { definition: { key: 'postgresql' }, port: 5432, isDefault: false },
      { definition: { key: 'ssh' }, port: 2222, isDefault: false },
    ],
  });
  const nothing = Object.fromEntries(Object.keys(whole).map((key) => [key, key === 'labels' ? [] : null]));
  const cleared = await change(id, { ...nothing, credentialId: null });
  expect(cleared.data?.updateTarget.target).toMatchObject({
    ...{ otherAddresses: [], os: null, environment: null, criticality: null, tags: [], labels: [], attributes: [] },
    ...{ hardware: { vendor: null }, location: { rack: null }, credential: null, port: 22 },
    services: [{ definition: { key: 'ssh' }, port: 22, isDefault: true }],
  });
});

test('a target is created with all of it, too', async () => {
  const name = unique('whole');
  const { data, errors } = await operator(
    `mutation ($input: CreateTargetInput!) { createTarget(input: $input) { ... on TargetCreated { target { ${fields} } } } }`,
    { input: { name, address: 'a', ...whole } },
  );
  expect(errors).toBeUndefined();
  expect(data?.createTarget.target).toMatchObject({ name, port: 2222, environment: 'prod', criticality: 'HIGH' });
});

test('what is left out stays, a change is kept with what was before, and one that changes nothing leaves no trace', async () => {
  const [id, name] = [await givenTarget(world, { labels: [{ key: 'a', value: '1' }] }), unique('renamed')];
  await change(id, { environment: 'test' });
  const woken = new Promise<void>((resolve) => world.wakeUps.listen(`target.${id}`, resolve));
  const { data, requestId } = await change(id, { name, environment: 'prod', labels: [] });
  await woken;
  const [latest] = data.updateTarget.target.changes.nodes;
  expect(latest).toEqual({
    changedBy: { id: operator.viewer.kind === 'user' && operator.viewer.userId },
    fields: [
      { field: 'name', before: expect.any(String), after: name },
      { field: 'environment', before: 'test', after: 'prod' },
      { field: 'labels', before: '["a=1"]', after: null },
    ],
  });
  expect(await world.listEvents(requestId)).toEqual([
    expect.objectContaining({ type: 'assets.target.updated', data: { name, fields: 'name environment labels' } }),
  ]);
  const again = await change(id, { name, environment: 'prod' });
  expect(await world.listEvents(again.requestId)).toEqual([]);
  expect(again.data?.updateTarget.target.changes.nodes).toHaveLength(2);
});

test('a port alone is that of the service by which executors come', async () => {
  const id = await givenTarget(world);
  await change(id, { services: [{ definition: 'postgresql' }, { definition: 'ssh' }] });
  const { data } = await change(id, { port: 2022 });
  expect(data?.updateTarget.target).toMatchObject({
    port: 2022,
    services: [
      { definition: { key: 'postgresql' }, port: 5432 },
      { definition: { key: 'ssh' }, port: 2022 },
    ],
  });
});

test.each<[what: string, field: string, input: Record<string, unknown>]>([
  ['an address that is none', 'address', { address: 'a b' }],
  ['another address that is none', 'otherAddresses.0', { otherAddresses: ['ssh://x'] }],
  ['a tag with a space', 'tags.0', { tags: ['a b'] }],
  ['an unknown service', 'services.0.definition', { services: [{ definition: 'nonsense' }] }],
  ['no service at all', 'services', { services: [] }],
  [
    'an attribute twice',
    'attributes.1.key',
    {
      attributes: [
        { key: 'k', value: '1' },
        { key: 'k', value: '2' },
      ],
    },
  ],
  ['a number that is none', 'attributes.0.value', { attributes: [{ key: 'k', type: 'NUMBER', value: 'many' }] }],
  ['the 30th of February', 'attributes.0.value', { attributes: [{ key: 'k', type: 'DATE', value: '2027-02-30' }] }],
  ['a truth that is none', 'attributes.0.value', { attributes: [{ key: 'k', type: 'BOOLEAN', value: 'yes' }] }],
  ['a rack of two lines', 'location.rack', { location: { rack: 'a\nb' } }],
])('refuses %s', async (_what, field, input) => {
  const { data } = await change(await givenTarget(world), input);
  expect(data?.updateTarget).toMatchObject({ __typename: 'InvalidInput', field });
});

test('what is not there is not found, and a taken name is refused', async () => {
  expect((await change(NOBODY, {})).data?.updateTarget).toEqual({ __typename: 'TargetNotFound', ids: [NOBODY] });
  const name = unique('taken');
  await givenTarget(world, { name });
  expect((await change(await givenTarget(world), { name })).data?.updateTarget.__typename).toBe('TargetNameTaken');
});

test('who may not see credentials cannot send one elsewhere, nor give one', async () => {
  const writer = world.as('target:read', 'target:write');
  const id = await givenTarget(world);
  expect(await change(id, { address: 'evil.example' }, writer)).toMatchObject({ code: 'FORBIDDEN' });
  const credentialId = await givenCredential(world);
  expect((await change(id, { credentialId }, writer)).data?.updateTarget.__typename).toBe('CredentialNotFound');
  const without = await givenTarget(world);
  await change(without, { credentialId: null });
  expect((await change(without, { address: 'free.example' }, writer)).data?.updateTarget.__typename).toBe(
    'TargetUpdated',
  );
});

test('changes at once are all kept', async () => {
  const id = await givenTarget(world);
  await Promise.all(['os', 'environment', 'owner', 'description'].map((field) => change(id, { [field]: 'x' })));
  const { data } = await change(id, {});
  expect(data?.updateTarget.target).toMatchObject({ os: 'x', environment: 'x', owner: 'x', description: 'x' });
  expect(data?.updateTarget.target.changes.nodes).toHaveLength(4);
});
