import { NOBODY, givenGroup, givenTarget, unique } from '../testing/given.ts';
import { createWorld } from '../testing/world.ts';
import type { Caller, World } from '../testing/world.ts';

let world: World;
let operator: Caller;
beforeAll(async () => {
  world = await createWorld();
  operator = world.as('target:read', 'target:write', 'group:write');
});
afterAll(() => world.close());

const group = `query ($id: ID!) {
  targetGroup(id: $id) { path filter targetCount totalTargetCount parent { id } children { id path } }
}`;
const move = `mutation ($id: ID!, $parentId: ID) {
  moveTargetGroup(input: { id: $id, parentId: $parentId }) {
    __typename
    ... on TargetGroupMoved { group { path parent { id } } }
    ... on Refusal { message }
  }
}`;
const change = (verb: 'add' | 'remove') => `mutation ($groupId: ID!, $targetIds: [ID!]!) {
  ${verb}GroupMembers(input: { groupId: $groupId, targetIds: $targetIds }) {
    __typename
    ... on GroupMembersChanged { changed group { targetCount } }
    ... on TargetNotFound { ids }
  }
}`;
const update = `mutation ($input: UpdateTargetGroupInput!) {
  updateTargetGroup(input: $input) {
    __typename
    ... on TargetGroupUpdated { group { path filter } }
    ... on InvalidInput { field message }
  }
}`;
const remove = `mutation ($id: ID!) {
  deleteTargetGroup(input: { id: $id }) { __typename ... on TargetGroupInUse { childCount memberCount } }
}`;

const read = async (id: string) => (await operator(group, { id })).data?.targetGroup;
const pathsBelow = async (path: string) =>
  (await world.prisma.targetGroup.findMany({ where: { path: { startsWith: path } }, orderBy: { path: 'asc' } })).map(
    (each) => each.path,
  );

test('a subtree is moved as a unit: descendants follow, and nothing else does', async () => {
  const [a, b] = [unique('a'), unique('b')];
  const top = await givenGroup(world, { name: a });
  const like = await givenGroup(world, { name: `${a}x` });
  const child = await givenGroup(world, { name: 'child', parentId: top });
  await givenGroup(world, { name: 'leaf', parentId: child });
  await givenGroup(world, { name: 'leaf', parentId: like });
  const other = await givenGroup(world, { name: b });
  const { data } = await operator(move, { id: top, parentId: other });
  expect(data?.moveTargetGroup).toMatchObject({ __typename: 'TargetGroupMoved', group: { path: `/${b}/${a}` } });
  expect(await pathsBelow(`/${b}`)).toEqual([`/${b}`, `/${b}/${a}`, `/${b}/${a}/child`, `/${b}/${a}/child/leaf`]);
  expect(await pathsBelow(`/${a}`)).toEqual([`/${a}x`, `/${a}x/leaf`]);
  expect(await read(child)).toMatchObject({ path: `/${b}/${a}/child`, parent: { id: top } });
});

test('a group is not moved under itself, nor below itself, nor to nowhere', async () => {
  const top = await givenGroup(world);
  const child = await givenGroup(world, { parentId: top });
  for (const parentId of [top, child])
    expect((await operator(move, { id: top, parentId })).data?.moveTargetGroup.__typename).toBe(
      'TargetGroupWouldContainItself',
    );
  expect((await operator(move, { id: top, parentId: NOBODY })).data?.moveTargetGroup.__typename).toBe(
    'TargetGroupNotFound',
  );
});

test('of moves that would make a ring together, one happens', async () => {
  const [one, other] = [await givenGroup(world), await givenGroup(world)];
  const answers = await Promise.all([
    operator(move, { id: one, parentId: other }),
    operator(move, { id: other, parentId: one }),
  ]);
  expect(answers.map(({ data }) => data?.moveTargetGroup.__typename).sort()).toEqual([
    'TargetGroupMoved',
    'TargetGroupWouldContainItself',
  ]);
});

test('a name is taken once in a place, also by moving and renaming', async () => {
  const name = unique('same');
  const [first, parent] = [await givenGroup(world, { name }), await givenGroup(world)];
  const below = await givenGroup(world, { name, parentId: parent });
  const create = `mutation ($name: String!) { createTargetGroup(input: { name: $name }) { __typename } }`;
  expect((await operator(create, { name })).data?.createTargetGroup.__typename).toBe('TargetGroupNameTaken');
  expect((await operator(move, { id: below })).data?.moveTargetGroup.__typename).toBe('TargetGroupNameTaken');
  const other = await givenGroup(world);
  expect((await operator(update, { input: { id: other, name } })).data?.updateTargetGroup.__typename).toBe(
    'TargetGroupNameTaken',
  );
  expect(await read(first)).toMatchObject({ path: `/${name}` });
});

test.each([
  ['a slash in a name', { name: 'a/b' }, 'name'],
  ['no name', { name: '' }, 'name'],
  ['a filter that is none', { name: 'x', filter: 'env=' }, 'filter'],
  ['a filter on groups', { name: 'x', filter: 'env=prod and group:/a' }, 'filter'],
])('refuses %s', async (_what, input, field) => {
  const { data } = await operator(
    `mutation ($input: CreateTargetGroupInput!) {
      createTargetGroup(input: $input) { __typename ... on InvalidInput { field } }
    }`,
    { input },
  );
  expect(data?.createTargetGroup).toEqual({ __typename: 'InvalidInput', field });
});

test('the tree has a bottom, for what is moved with its descendants too', async () => {
  let parentId: string | undefined;
  for (let level = 0; level < 20; level += 1) parentId = await givenGroup(world, { parentId, name: `l${level}` });
  let deep: string | undefined;
  const top = (deep = await givenGroup(world));
  for (let level = 0; level < 13; level += 1) deep = await givenGroup(world, { parentId: deep, name: 'l' });
  expect((await operator(move, { id: top, parentId })).data?.moveTargetGroup.__typename).toBe('InvalidInput');
});

test('counts are of the group itself and of all below it, each target once, added or found by filter', async () => {
  const team = unique('team');
  const [one, two, three] = [
    await givenTarget(world, { labels: [{ key: 'team', value: team }] }),
    await givenTarget(world),
    await givenTarget(world),
  ];
  const top = await givenGroup(world, { filter: `team=${team}` });
  const child = await givenGroup(world, { parentId: top });
  await operator(change('add'), { groupId: child, targetIds: [one, two] });
  await operator(change('add'), { groupId: top, targetIds: [three, one] });
  expect(await read(top)).toMatchObject({ targetCount: 2, totalTargetCount: 3 });
  expect(await read(child)).toMatchObject({ targetCount: 2, totalTargetCount: 2 });
  await world.prisma.target.update({ where: { id: two }, data: { deletedAt: new Date() } });
  expect(await read(top)).toMatchObject({ targetCount: 2, totalTargetCount: 2 });
  const { data } = await operator(
    `query ($id: ID!, $target: ID!) {
      targetGroup(id: $id) {
        own: targets { nodes { id } }
        all: targets(includeBelow: true) { nodes { id } }
      }
      target(id: $target) { groups { id } }
    }`,
    { id: top, target: one },
  );
  const ids = (nodes: { id: string }[]) => nodes.map(({ id }) => id).sort();
  expect(ids(data?.targetGroup.own.nodes)).toEqual([one, three].sort());
  expect(ids(data?.targetGroup.all.nodes)).toEqual([one, three].sort());
  expect(ids(data?.target.groups)).toEqual([top, child].sort());
});

test('members come in once and go out once; an unknown one changes nothing', async () => {
  const groupId = await givenGroup(world);
  const targetIds = [await givenTarget(world), await givenTarget(world)];
  const add = async (ids: string[]) =>
    (await operator(change('add'), { groupId, targetIds: ids })).data?.addGroupMembers;
  expect(await add([...targetIds, NOBODY])).toEqual({ __typename: 'TargetNotFound', ids: [NOBODY] });
  expect(await add(targetIds)).toEqual({ __typename: 'GroupMembersChanged', changed: 2, group: { targetCount: 2 } });
  expect(await add(targetIds)).toMatchObject({ changed: 0 });
  const { data } = await operator(change('remove'), { groupId, targetIds: [targetIds[0], NOBODY] });
  expect(data?.removeGroupMembers).toMatchObject({ changed: 1, group: { targetCount: 1 } });
});

test('a group in use is not deleted; an empty one is', async () => {
  const top = await givenGroup(world);
  const child = await givenGroup(world, { parentId: top });
  await operator(change('add'), { groupId: child, targetIds: [await givenTarget(world)] });
  const removed = async (id: string) => (await operator(remove, { id })).data?.deleteTargetGroup;
  expect(await removed(top)).toEqual({ __typename: 'TargetGroupInUse', childCount: 1, memberCount: 0 });
  expect(await removed(child)).toEqual({ __typename: 'TargetGroupInUse', childCount: 0, memberCount: 1 });
  await world.prisma.groupMember.deleteMany({ where: { groupId: child } });
  expect(await removed(child)).toEqual({ __typename: 'TargetGroupDeleted' });
  expect(await read(child)).toBeNull();
});

test('the statements of a tree with counts do not grow with the tree', async () => {
  const list = (below: string) => () =>
    operator(
      `query ($below: ID!) {
        targetGroups(below: $below) { nodes { id targetCount totalTargetCount children { id } parent { path } } }
      }`,
      { below },
    );
  const small = await givenGroup(world);
  await givenGroup(world, { parentId: small });
  const large = await givenGroup(world);
  for (let at = 0; at < 10; at += 1)
    await givenGroup(world, { parentId: large, ...(at % 2 && { filter: `port=${at + 1}` }) });
  const [few, many] = [await world.countStatements(list(small)), await world.countStatements(list(large))];
  expect(many).toBe(few);
  expect(many).toBeLessThanOrEqual(6);
});

test('a change of the tree wakes who watches it, and is told', async () => {
  const woken = new Promise<void>((resolve) => world.wakeUps.listen('targetGroups', resolve));
  const name = unique('told');
  const { requestId } = await operator(
    'mutation ($name: String!) { createTargetGroup(input: { name: $name }) { __typename } }',
    { name },
  );
  await woken;
  expect(await world.listEvents(requestId)).toEqual([
    expect.objectContaining({ type: 'assets.targetGroup.created', data: { path: `/${name}`, filter: null } }),
  ]);
});
