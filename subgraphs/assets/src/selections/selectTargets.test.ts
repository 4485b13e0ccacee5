import { randomUUID } from 'node:crypto';
import { SELECTION_LIMIT } from '@opsconductor/fleet';
import type { Selection } from '@opsconductor/fleet';
import { NOBODY, givenCredential, givenTarget, unique } from '../testing/given.ts';
import { createViewer, createWorld } from '../testing/world.ts';
import type { World } from '../testing/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const select = (selection: Selection, viewer = createViewer('target:read')) =>
  world
    .fleetOf('automation')
    .selectTargets(selection, { viewer, requestId: randomUUID(), signal: AbortSignal.timeout(20_000) });
const idsOf = async (selection: Selection) => (await select(selection)).targets.map(({ id }) => id).sort();

test('ids name targets; those that name none are given back', async () => {
  const [one, other, deleted] = [await givenTarget(world), await givenTarget(world), await givenTarget(world)];
  await world.prisma.target.update({ where: { id: deleted }, data: { deletedAt: new Date() } });
  const missingIds = [deleted, NOBODY, 'no id', '', 'nul\0'];
  const selected = await select({ targetIds: [one, other.toUpperCase(), one, ...missingIds] });
  expect(selected.targets.map(({ id }) => id).sort()).toEqual([one, other].sort());
  expect(selected).toMatchObject({ missingIds, exceedsLimit: false });
});

test('labels select the targets that have all of them; ids add to these', async () => {
  const team = { key: 'team', value: unique('team') };
  const web = { key: 'tier', value: 'web' };
  const both = await givenTarget(world, { labels: [team, web] });
  const one = await givenTarget(world, { labels: [team] });
  const none = await givenTarget(world);
  expect(await idsOf({ labels: [team] })).toEqual([both, one].sort());
  expect(await idsOf({ labels: [team, web] })).toEqual([both]);
  expect(await idsOf({ labels: [team, web], targetIds: [none, both] })).toEqual([both, none].sort());
  expect(await idsOf({ labels: [team, { key: 'tier', value: 'nul\0' }] })).toEqual([]);
});

test('each target comes with its name and its labels, however it was selected', async () => {
  const team = { key: 'team', value: unique('team') };
  const name = unique('labelled');
  const id = await givenTarget(world, { name, labels: [team, { key: 'tier', value: 'web' }] });
  const bare = await givenTarget(world);
  const labels = { team: team.value, tier: 'web' };
  for (const selection of [{ targetIds: [id] }, { labels: [team] }, { filter: `name=${name}` }])
    expect((await select(selection)).targets).toEqual([{ id, name, labels }]);
  expect((await select({ targetIds: [bare] })).targets).toMatchObject([{ labels: {} }]);
});

test('a filter selects what it matches, beside ids and labels', async () => {
  const name = unique('filtered');
  const team = { key: 'team', value: unique('team') };
  const [one, labelled] = [await givenTarget(world, { name }), await givenTarget(world, { labels: [team] })];
  expect(await idsOf({ filter: `name=${name} and not team=x` })).toEqual([one]);
  expect(await idsOf({ filter: `name=${name}`, labels: [team] })).toEqual([one, labelled].sort());
  expect(await select({ filter: 'name=' })).toEqual({
    targets: [],
    missingIds: [],
    exceedsLimit: false,
    filterFault: 'At character 6: expected a value.',
  });
});

test('an empty selection is no target, not every target', async () => {
  await givenTarget(world);
  for (const selection of [{}, { targetIds: [] }, { labels: [] }, { targetIds: [], labels: [] }])
    expect(await select(selection)).toEqual({ targets: [], missingIds: [], exceedsLimit: false });
});

test('for a viewer without target:read there is no target', async () => {
  const team = { key: 'team', value: unique('team') };
  const id = await givenTarget(world, { labels: [team] });
  const viewer = createViewer('target:write', 'execution:start');
  expect(await select({ targetIds: [id], labels: [team] }, viewer)).toEqual({
    targets: [],
    missingIds: [id],
    exceedsLimit: false,
  });
});

test('a selection of more targets than an execution may have is said to be so, and gives none', async () => {
  const team = { key: 'team', value: unique('team') };
  const credentialId = await givenCredential(world);
  await world.prisma.$executeRaw`
    with many as (
      insert into targets (id, name, address, port, host_key_policy, credential_id, updated_at)
      select gen_random_uuid(), ${team.value} || number, 'a', 22, 'STRICT', ${credentialId}::uuid, now()
      from generate_series(1, ${SELECTION_LIMIT}) as number
      returning id
    )
    insert into target_labels (target_id, key, value) select id, ${team.key}, ${team.value} from many`;
  const whole = await select({ labels: [team] });
  expect(whole.targets).toHaveLength(SELECTION_LIMIT);
  expect(whole.exceedsLimit).toBe(false);
  const targetIds = [await givenTarget(world)];
  expect(await select({ labels: [team], targetIds })).toEqual({ targets: [], missingIds: [], exceedsLimit: true });
});
