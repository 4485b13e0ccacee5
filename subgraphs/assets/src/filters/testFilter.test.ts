import { givenTarget, unique } from '../testing/given.ts';
import { createWorld } from '../testing/world.ts';
import type { Caller, World } from '../testing/world.ts';

let world: World;
let viewer: Caller;
beforeAll(async () => {
  world = await createWorld();
  viewer = world.as('target:read');
});
afterAll(() => world.close());

const run = `query ($expression: String!) {
  testFilter(expression: $expression) {
    normalized matchCount examples { id } fault { message position expected }
  }
}`;
const list = `query ($filter: TargetFilter, $first: Int, $after: String) {
  targets(filter: $filter, first: $first, after: $after) { nodes { id } pageInfo { endCursor hasNextPage } }
}`;

test('an expression says what it means at this moment', async () => {
  const team = unique('team');
  const ids = [await givenTarget(world, { labels: [{ key: 'team', value: team }] }), await givenTarget(world)];
  const { data } = await viewer(run, { expression: `label.team = ${team}` });
  expect(data?.testFilter).toEqual({
    normalized: `team=${team}`,
    matchCount: 1,
    examples: [{ id: ids[0] }],
    fault: null,
  });
});

test('one that goes wrong points at the character', async () => {
  const { data } = await viewer(run, { expression: 'env=prod and criticality=urgent' });
  expect(data?.testFilter).toEqual({
    normalized: null,
    matchCount: null,
    examples: [],
    fault: {
      message: 'At character 26: expected low, medium, high or critical.',
      position: 25,
      expected: ['low', 'medium', 'high', 'critical'],
    },
  });
});

test('lists take expressions and trees, with the other conditions, page by page', async () => {
  const [team, prefix] = [unique('team'), unique('page')];
  const labels = [{ key: 'team', value: team }];
  const ids: string[] = [];
  for (let at = 0; at < 5; at += 1) ids.push(await givenTarget(world, { name: `${prefix}-${at}`, labels }));
  await givenTarget(world, { name: `${prefix}-other` });
  const tree = { condition: { field: 'team', operator: 'EQUALS', values: [team] } };
  const filters = [
    { expression: `team=${team}` },
    { tree },
    { nameContains: prefix, labels },
    { expression: `name=${prefix}*`, tree, nameContains: prefix },
  ];
  for (const filter of filters) {
    const first = await viewer(list, { filter, first: 3 });
    const second = await viewer(list, { filter, first: 3, after: first.data.targets.pageInfo.endCursor });
    const found = [...first.data.targets.nodes, ...second.data.targets.nodes].map(({ id }: { id: string }) => id);
    expect(found).toEqual(ids);
    expect(second.data.targets.pageInfo.hasNextPage).toBe(false);
  }
});

test.each([{ expression: 'env=' }, { tree: {} }, { expression: `${'('.repeat(100)}` }])(
  '%j is bad user input',
  async (filter) => {
    expect(await viewer(list, { filter })).toMatchObject({ code: 'BAD_USER_INPUT' });
  },
);

test('a page costs two statements by any filter, one more when it speaks of groups', async () => {
  const count = (expression: string) => world.countStatements(() => viewer(list, { filter: { expression } }));
  expect(await count('team!=x and tag in (a, b) or not name~"x"')).toBe(2);
  expect(await count('group:/ or not group:/nowhere')).toBe(3);
});
