import { encodeCursor } from '@opsconductor/subgraph';
import { NOBODY, givenCredential, givenTarget, unique } from '../testing/given.ts';
import { createWorld } from '../testing/world.ts';
import type { Answer, Caller, World } from '../testing/world.ts';

let world: World;
let operator: Caller;
beforeAll(async () => {
  world = await createWorld();
  operator = world.as('target:read', 'target:write', 'credential:read');
});
afterAll(() => world.close());

const createTarget = `mutation ($input: CreateTargetInput!) {
  createTarget(input: $input) {
    __typename
    ... on TargetCreated {
      target {
        id name address port hostKeyPolicy createdAt
        labels { key value } credential { id name kind username } hostKeys { id }
      }
    }
    ... on InvalidInput { field message }
    ... on TargetNameTaken { message }
    ... on CredentialNotFound { message }
  }
}`;
const deleteTarget = `mutation ($id: ID!) {
  deleteTarget(input: { id: $id }) {
    __typename
    ... on TargetDeleted { id }
    ... on TargetNotFound { message ids }
  }
}`;
const targets = `query ($first: Int, $after: String, $filter: TargetFilter) {
  targets(first: $first, after: $after, filter: $filter) { nodes { id name } pageInfo { hasNextPage endCursor } }
}`;

const labels = (...keys: string[]) => keys.map((key) => ({ key, value: 'v' }));

async function createWith(input: Record<string, unknown>) {
  const credentialId = await givenCredential(world);
  const { data, errors } = await operator(createTarget, {
    input: { name: unique('target'), address: 'web-1.example.com', credentialId, ...input },
  });
  expect(errors).toBeUndefined();
  return data.createTarget;
}

describe('createTarget', () => {
  test('gives the target with everything that belongs to it', async () => {
    const name = unique('web');
    const credentialId = await givenCredential(world, { name: `${name}-login`, username: 'deploy' });
    const labels = [
      { key: 'tier', value: 'web' },
      { key: 'site.example/region', value: 'eu west' },
    ];
    const input = { name, address: 'fd00::7', port: 2222, labels, credentialId, hostKeyPolicy: 'TRUST_ON_FIRST_USE' };
    const { data, requestId } = await operator(createTarget, { input });
    const { target } = data.createTarget;
    expect(target).toEqual({
      id: expect.any(String),
      name,
      address: 'fd00::7',
      port: 2222,
      hostKeyPolicy: 'TRUST_ON_FIRST_USE',
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      labels: [labels[1], labels[0]],
      credential: { id: credentialId, name: `${name}-login`, kind: 'PASSWORD', username: 'deploy' },
      hostKeys: [],
    });
    expect(await world.listEvents(requestId)).toEqual([
      expect.objectContaining({
        type: 'assets.target.created',
        actorId: operator.viewer.kind === 'user' && operator.viewer.userId,
        subject: { type: 'target', id: target.id },
        data: { name, address: 'fd00::7', port: 2222, hostKeyPolicy: 'TRUST_ON_FIRST_USE', credentialId },
      }),
    ]);
  });

  test('what is left out, or null, is port 22, no labels and the strict policy', async () => {
    for (const input of [{}, { port: null, labels: null, hostKeyPolicy: null }]) {
      const { target } = await createWith(input);
      expect(target).toMatchObject({ port: 22, labels: [], hostKeyPolicy: 'STRICT' });
    }
  });

  test.each<[what: string, field: string, input: Record<string, unknown>]>([
    ['an empty name', 'name', { name: '' }],
    ['a name with spaces around it', 'name', { name: ' padded ' }],
    ['a name of 201 characters', 'name', { name: 'x'.repeat(201) }],
    ['a name of two lines', 'name', { name: 'two\nlines' }],
    ['a NUL in a name', 'name', { name: 'nul\0' }],
    ['a name that turns the direction of writing', 'name', { name: 'turned \u202e around' }],
    ['half a surrogate pair', 'name', { name: 'half \ud800' }],
    ['a URL', 'address', { address: 'ssh://web-1' }],
    ['a user before the address', 'address', { address: 'root@web-1' }],
    ['a command after the address', 'address', { address: 'web-1; reboot' }],
    ['port 0', 'port', { port: 0 }],
    ['port 65536', 'port', { port: 65_536 }],
    ['a negative port', 'port', { port: -22 }],
    ['a label key with a space', 'labels.0.key', { labels: [{ key: 'white space', value: '' }] }],
    ['a label key of 64 characters', 'labels.0.key', { labels: [{ key: 'k'.repeat(64), value: '' }] }],
    ['a NUL in a label', 'labels.0.value', { labels: [{ key: 'k', value: 'nul\0' }] }],
    ['a label value of 256 characters', 'labels.0.value', { labels: [{ key: 'k', value: 'v'.repeat(256) }] }],
    ['a label key twice', 'labels.1.key', { labels: labels('k', 'k') }],
    ['51 labels', 'labels', { labels: labels(...Array.from({ length: 51 }, (_, index) => `k${index}`)) }],
  ])('refuses %s', async (_what, field, input) => {
    expect(await createWith(input)).toEqual({ __typename: 'InvalidInput', field, message: expect.any(String) });
  });

  test.each(['no id', '', NOBODY])('refuses the credential %j', async (credentialId) => {
    expect(await createWith({ credentialId })).toMatchObject({ __typename: 'CredentialNotFound' });
  });

  test('a credential that the viewer may not see cannot be sent to an address of their choice', async () => {
    const input = { name: unique('t'), address: 'evil.example', credentialId: await givenCredential(world) };
    const { data } = await world.as('target:read', 'target:write')(createTarget, { input });
    expect(data.createTarget).toMatchObject({ __typename: 'CredentialNotFound' });
  });

  test('a name is taken once, however many ask at once, and nothing of the refused ones remains', async () => {
    const name = unique('same');
    const results = await Promise.all(Array.from({ length: 5 }, () => createWith({ name })));
    expect(results.map(({ __typename }) => __typename).sort()).toEqual([
      'TargetCreated',
      ...Array.from({ length: 4 }, () => 'TargetNameTaken'),
    ]);
    const credentialId = await givenCredential(world);
    const { requestId } = await operator(createTarget, { input: { name, address: 'a', credentialId } });
    expect(await world.listEvents(requestId)).toEqual([]);
  });

  test('names that look the same are the same', async () => {
    const name = unique('caf');
    await createWith({ name: `${name}\u00e9` });
    expect(await createWith({ name: `${name}e\u0301` })).toMatchObject({ __typename: 'TargetNameTaken' });
  });

  test('wakes who watches targets', async () => {
    const woken = new Promise<void>((resolve) => world.wakeUps.listen('targets', resolve));
    await createWith({});
    await woken;
  });
});

describe('deleteTarget', () => {
  test('the target is gone from look-ups, lists and references, and its name is free', async () => {
    const name = unique('gone');
    const id = await givenTarget(world, { name });
    const { data, requestId } = await operator(deleteTarget, { id });
    expect(data.deleteTarget).toEqual({ __typename: 'TargetDeleted', id });
    const { data: after } = await operator(
      `query ($id: ID!, $name: String!, $refs: [_Any!]!) {
        target(id: $id) { id }
        targets(filter: { nameContains: $name }) { nodes { id } }
        _entities(representations: $refs) { ... on Target { id } }
      }`,
      { id, name, refs: [{ __typename: 'Target', id }] },
    );
    expect(after).toEqual({ target: null, targets: { nodes: [] }, _entities: [null] });
    expect(await createWith({ name })).toMatchObject({ __typename: 'TargetCreated' });
    expect(await world.listEvents(requestId)).toEqual([
      expect.objectContaining({ type: 'assets.target.deleted', subject: { type: 'target', id }, data: { name } }),
    ]);
  });

  test('of several at once one deletes', async () => {
    const id = await givenTarget(world);
    const answers = await Promise.all(Array.from({ length: 4 }, () => operator(deleteTarget, { id })));
    const names = answers.map(({ data }) => data.deleteTarget.__typename).sort();
    expect(names).toEqual(['TargetDeleted', 'TargetNotFound', 'TargetNotFound', 'TargetNotFound']);
  });

  test.each(['no id', '', "'; drop table targets", NOBODY])('refuses %j', async (id) => {
    const { data } = await operator(deleteTarget, { id });
    expect(data.deleteTarget).toEqual({ __typename: 'TargetNotFound', message: expect.any(String), ids: [id] });
  });
});

describe('target and targets', () => {
  test('an id is found however it is spelled; one that names nothing gives null', async () => {
    const id = await givenTarget(world);
    const target = 'query ($id: ID!) { target(id: $id) { id } }';
    expect((await operator(target, { id: id.toUpperCase() })).data).toEqual({ target: { id } });
    for (const none of ['', 'x', 'null', '\0', NOBODY])
      expect(await operator(target, { id: none })).toMatchObject({ data: { target: null } });
  });

  test('pages in the order of names give each target once', async () => {
    const prefix = unique('page');
    const names = ['b', 'a', 'C', 'ä', 'd', '_', 'a-1'].map((end) => `${prefix} ${end}`);
    for (const name of names) await givenTarget(world, { name });
    const filter = { nameContains: prefix };
    const { data: whole } = await operator(targets, { first: 100, filter });
    const pages: { name: string }[] = [];
    for (let after: string | null = null, more = true; more;) {
      const { data, errors }: Answer = await operator(targets, { first: 2, after, filter });
      expect(errors).toBeUndefined();
      pages.push(...data.targets.nodes);
      ({ endCursor: after, hasNextPage: more } = data.targets.pageInfo);
    }
    expect(pages).toEqual(whole.targets.nodes);
    expect(pages.map(({ name }) => name).sort()).toEqual([...names].sort());
  });

  test('where names are equal, ids order them', async () => {
    const name = unique('again');
    for (let times = 0; times < 3; times += 1) {
      const id = await givenTarget(world, { name });
      await world.prisma.target.update({ where: { id }, data: { deletedAt: new Date() } });
    }
    // Two live ones of one name cannot be made through the graph: the order has to hold all the same.
    await world.prisma.$executeRaw`drop index if exists targets_name_key`;
    await world.prisma.target.updateMany({ where: { name }, data: { deletedAt: null } });
    const first = await operator(targets, { first: 1, filter: { nameContains: name } });
    const { endCursor: after } = first.data.targets.pageInfo;
    const rest = await operator(targets, { first: 5, after, filter: { nameContains: name } });
    const ids = [...first.data.targets.nodes, ...rest.data.targets.nodes].map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].sort());
    expect(ids).toHaveLength(3);
    await world.prisma.target.deleteMany({ where: { name } });
    await world.prisma.$executeRaw`create unique index targets_name_key on targets (name) where deleted_at is null`;
  });

  test.each(['%', '_', '\\', "'"])('the filter takes %j as a character', async (character) => {
    const prefix = unique('like');
    const name = `${prefix}${character}x`;
    const id = await givenTarget(world, { name });
    await givenTarget(world, { name: `${prefix}.x` });
    const { data } = await operator(targets, { filter: { nameContains: `${prefix.toUpperCase()}${character}` } });
    expect(data.targets.nodes).toEqual([{ id, name }]);
  });

  test('a target has to have all labels of the filter', async () => {
    const team = { key: 'team', value: unique('team') };
    const web = { key: 'tier', value: 'web' };
    const both = await givenTarget(world, { labels: [team, web] });
    const one = await givenTarget(world, { labels: [team] });
    const idsWith = async (labels: object[]) => {
      const { data } = await operator(targets, { filter: { labels } });
      return data.targets.nodes.map(({ id }: { id: string }) => id).sort();
    };
    expect(await idsWith([team])).toEqual([both, one].sort());
    expect(await idsWith([team, web])).toEqual([both]);
    expect(await idsWith([team, { key: 'tier', value: 'db' }])).toEqual([]);
    expect(await idsWith([team, { key: 'tier', value: 'nul\0' }])).toEqual([]);
  });

  test.each<[what: string, variables: Record<string, unknown>]>([
    ['an empty page', { first: 0 }],
    ['a page of 101', { first: 101 }],
    ['a cursor of nonsense', { after: 'nonsense' }],
    ['a cursor of another list', { after: encodeCursor(['name']) }],
    ['a cursor with a NUL', { after: encodeCursor(['nul\0', NOBODY]) }],
    ['a cursor without an id', { after: encodeCursor(['name', 'no id']) }],
    ['a NUL in the filter', { filter: { nameContains: 'nul\0' } }],
    ['half a surrogate pair in the filter', { filter: { nameContains: 'half \ud800' } }],
    ['51 labels in the filter', { filter: { labels: labels(...Array.from({ length: 51 }, () => 'k')) } }],
  ])('%s is bad user input', async (_what, variables) => {
    expect(await operator(targets, variables)).toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  test('a page with labels, credentials and host keys costs five statements, however long it is', async () => {
    const prefix = unique('batch');
    const read = () =>
      operator(
        `query ($filter: TargetFilter) {
          targets(filter: $filter) { nodes { name labels { key } credential { name } hostKeys { id } } }
        }`,
        { filter: { nameContains: prefix } },
      );
    for (let count = 0; count < 6; count += 1) await givenTarget(world, { name: `${prefix} ${count}` });
    expect(await world.countStatements(read)).toBe(5);
  });

  test('references are read in one statement for each type', async () => {
    const ids = await Promise.all(Array.from({ length: 5 }, () => givenTarget(world)));
    const credentialIds = await Promise.all(Array.from({ length: 5 }, () => givenCredential(world)));
    const refs = [
      ...ids.map((id) => ({ __typename: 'Target', id })),
      ...credentialIds.map((id) => ({ __typename: 'Credential', id })),
      { __typename: 'Target', id: 'no id' },
      { __typename: 'Credential', id: NOBODY },
    ];
    let answer: unknown;
    const statements = await world.countStatements(async () => {
      const query = `query ($refs: [_Any!]!) {
        _entities(representations: $refs) { ... on Target { id } ... on Credential { id } }
      }`;
      answer = (await operator(query, { refs })).data;
    });
    expect(statements).toBe(2);
    expect(answer).toEqual({ _entities: [...[...ids, ...credentialIds].map((id) => ({ id })), null, null] });
  });
});
