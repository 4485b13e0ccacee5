/** Subgraphs that lie or fail: what leaves is masked, has its path, and breaks nothing. */
import { givenFederation } from '../testing/federation.ts';
import { SubgraphUnavailable } from '../transports/transport.ts';

const people = {
  sdl: `type Query { people: [Person!] person: Person! one: One } type Person @key(fields: "id") { id: ID! }
    type One { int: Int float: Float text: String flag: Boolean key: ID list: [Int!] deep: [[One]] mood: Mood any: Any must: Int! }
    enum Mood { GOOD } scalar Any`,
  resolvers: { Query: { people: () => [{ id: '1' }, { id: '2' }], person: () => ({ id: '1' }) } },
};
const names = (answer: () => unknown) => ({
  sdl: 'type Person @key(fields: "id") { id: ID! name: String nick: String! }',
  answer,
});

describe('entities', () => {
  test.each([
    ['fewer', { data: { _entities: [{ name: 'Ann' }] } }],
    ['more', { data: { _entities: [{ name: 'Ann' }, { name: 'Bob' }, { name: 'Cid' }] } }],
    ['none', { data: { _entities: null } }],
    ['another field', { data: { people: [] } }],
    ['nothing', { data: null }],
    ['text', { data: { _entities: 'Ann,Bob' } }],
  ])('%s than were asked: nobody gets the name of another', async (_name, answer) => {
    const { data, errors } = await givenFederation({ people, names: names(() => answer) }).ask('{ people { name } }');
    expect(data).toEqual({ people: [{ name: null }, { name: null }] });
    if (answer.data) expect(errors).toMatchObject([{ message: 'Internal server error', path: ['people'] }]);
  });

  test('that are no objects, or have values of other types', async () => {
    const answer = { data: { _entities: ['Ann', { name: { first: 'Bob' } }] } };
    const { data, errors } = await givenFederation({ people, names: names(() => answer) }).ask('{ people { name } }');
    expect(data).toEqual({ people: [{ name: null }, { name: null }] });
    expect(errors).toMatchObject([{ message: 'Internal server error', path: ['people', 1, 'name'] }]);
  });

  test('null where no null may be goes up to where it may', async () => {
    const answer = { data: { _entities: [{ nick: null }] } };
    const federation = givenFederation({ people, names: names(() => answer) });
    const { data, errors } = await federation.ask('{ person { id nick } one { int } }');
    expect(data).toBeNull();
    expect(errors).toMatchObject([{ path: ['person', 'nick'], extensions: { code: 'INTERNAL_SERVER_ERROR' } }]);
    expect(federation.logged.map(({ event }) => event)).toContain('answer.invalid');
  });

  test('one failing subgraph costs its own fields', async () => {
    const unreachable = names(() => {
      throw new SubgraphUnavailable('10.0.0.7');
    });
    const { data, errors } = await givenFederation({ people, names: unreachable }).ask('{ people { id name } }');
    expect(data).toEqual({
      people: [
        { id: '1', name: null },
        { id: '2', name: null },
      ],
    });
    expect(errors?.length).toBe(1);
    expect(JSON.stringify(errors)).not.toMatch(/10\.0|names/);
  });
});

describe('values', () => {
  test.each([
    ['int', 1.5],
    ['int', 2 ** 31],
    ['int', '1'],
    ['float', 'NaN'],
    ['text', 7],
    ['text', ['a']],
    ['flag', 'true'],
    ['key', true],
    ['list', 7],
    ['list', [1, null]],
    ['list', { 0: 1 }],
    ['mood', 'BAD'],
    ['must', null],
  ])('%s: %j is masked at its place', async (field, value) => {
    const lying = { ...people, answer: () => ({ data: { one: { [field]: value } } }) };
    const { data, errors } = await givenFederation({ people: lying }).ask(`{ one { its: ${field} } }`);
    expect(data).toEqual({ one: field === 'must' ? null : { its: null } });
    expect(errors?.length).toBe(1);
    expect(errors?.[0]?.path?.slice(0, 2)).toEqual(['one', 'its']);
  });

  test('objects where lists are promised, lists where objects are, and names that mean something to the runtime', async () => {
    const answers: unknown[] = [
      { data: { one: [] } },
      { data: { one: { deep: [{ int: 1 }, [[{ int: 1 }]], [{ int: 1, __proto__: 3 }]] } } },
      JSON.parse('{"data":{"one":{"__proto__":{"int":9},"constructor":4,"any":{"__proto__":{"x":1}}}}}'),
    ];
    const lying = { ...people, answer: () => answers.shift() };
    const federation = givenFederation({ people: lying });
    expect((await federation.ask('{ one { int } }')).data).toEqual({ one: null });
    expect((await federation.ask('{ one { deep { int } } }')).data).toEqual({
      one: { deep: [null, [null], [{ int: 1 }]] },
    });
    const { data } = await federation.ask('{ one { __proto__: int constructor: int any } }');
    expect(JSON.stringify(data)).toBe('{"one":{"__proto__":null,"constructor":null,"any":{"__proto__":{"x":1}}}}');
    expect(({} as { x?: number }).x).toBeUndefined();
  });

  test('an object of a type that may not be there', async () => {
    const lying = { ...people, answer: () => ({ data: { one: { __typename: 'Person', int: 1 } } }) };
    const { data, errors } = await givenFederation({ people: lying }).ask('{ one { __typename int } }');
    expect([data, errors?.length]).toEqual([{ one: null }, 1]);
  });
});

test('errors are dropped beyond a bound', async () => {
  const many = Array.from({ length: 2_000 }, (_, at) => ({ id: String(at) }));
  const federation = givenFederation({
    people: { ...people, resolvers: { Query: { people: () => many } } },
    names: names(() => ({ data: { _entities: many.map(() => ({ name: 7 })) } })),
  });
  const { data, errors } = await federation.ask('{ people { name } }');
  expect([data.people.length, errors?.length]).toEqual([2_000, 500]);
});

test('a supergraph is replaced while operations run: each ends on the one it began with, and a bad one changes nothing', async () => {
  const gate = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const subgraphs = {
    a: {
      sdl: 'type Query { slow: String quick: String }',
      resolvers: {
        Query: {
          quick: () => 'quick',
          slow: async () => {
            begun.resolve();
            await gate.promise;
            return 'slow';
          },
        },
      },
    },
  };
  const federation = givenFederation(subgraphs);
  const pending = federation.ask('{ slow quick }');
  await begun.promise;
  const narrowed = givenFederation({ a: { sdl: 'type Query { quick: String }' } }).supergraphSdl;
  expect(() => federation.graphs.replace('type Query { x: Int }')).toThrow();
  expect(() => federation.graphs.replace(narrowed.replaceAll('name: "a"', 'name: "b"'))).toThrow('no address');
  expect(await federation.ask('{ quick }')).toEqual({ data: { quick: 'quick' } });
  federation.graphs.replace(narrowed);
  gate.resolve();
  expect(await pending).toEqual({ data: { slow: 'slow', quick: 'quick' } });
  expect((await federation.ask('{ slow quick }')).errors).toMatchObject([
    { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } },
  ]);
  expect(await federation.ask('{ quick }')).toEqual({ data: { quick: 'quick' } });
});
