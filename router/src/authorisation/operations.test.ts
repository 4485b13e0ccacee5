/** Rules O (kinds of operations) and N7 (introspection) of SPEC.md. */
import { anonymous, givenSupergraph, userWith } from './testing/givenSupergraph.ts';
import { ann, graph, sdl } from './testing/peopleGraph.ts';

const ask = givenSupergraph(sdl, graph);
const user = userWith();

describe('a mutation', () => {
  test.each([
    ['alone', 'mutation { write }', ['write']],
    ['beside one that is allowed', 'mutation { open { name } w: write erase }', ['w', 'erase']],
    [
      'in fragments',
      'mutation { open { name } ...F ... { erase } } fragment F on Mutation { write }',
      ['write', 'erase'],
    ],
  ])('O1: does nothing when a root field is refused: %s', (_, source, refused) => {
    expect(ask(user, source)).toMatchObject({ kind: 'rejected', executed: null, data: undefined, refused });
  });

  test('O1: tells a stranger to sign in', () => {
    expect(ask(anonymous, 'mutation { open { name } write }').errors).toMatchObject([
      { extensions: { code: 'UNAUTHENTICATED' }, path: ['write'] },
    ]);
  });

  test('O1: is not stopped by what is not asked', () => {
    const source = 'mutation ($w: Boolean!) { open { name } write @include(if: $w) }';
    const mutate = givenSupergraph(sdl, { open: ann });
    expect(mutate(user, source, { variables: { w: false } })).toMatchObject({
      kind: 'filtered',
      data: { open: { name: 'Ann' } },
      refused: [],
    });
    expect(mutate(user, source, { variables: { w: true } })).toMatchObject({ kind: 'rejected', refused: ['write'] });
  });

  test('N9: a condition that is neither yes nor no counts as asked', () => {
    const source = 'mutation ($w: Boolean!, $s: Boolean!) { open { name } write @include(if: $w) @skip(if: $s) }';
    for (const variables of [{ w: 'true', s: 'true' }, { w: null, s: 1 }, {}])
      expect(ask(user, source, { variables }).refused).toEqual(['write']);
  });

  test('O2: loses what is refused in its result', () => {
    const mutate = givenSupergraph(sdl, { open: ann });
    expect(mutate(user, 'mutation { open { name email } }')).toMatchObject({
      kind: 'filtered',
      executed: 'mutation { open { name } }',
      data: { open: { name: 'Ann', email: null } },
      refused: ['open.email'],
    });
  });
});

describe('a subscription', () => {
  test('O3: is rejected when its root field is refused, and filtered when something inside is', () => {
    expect(ask(user, 'subscription { person { name } }')).toMatchObject({ kind: 'rejected', refused: ['person'] });
    const stream = givenSupergraph(sdl, { open: ann });
    expect(stream(user, 'subscription { open { name email } }')).toMatchObject({
      kind: 'filtered',
      executed: 'subscription { open { name } }',
    });
  });
});

describe('introspection', () => {
  test.each([
    ['{ __schema { queryType { name } } }', '__schema', null],
    ['{ open types: __type(name: "Query") { name } }', 'types', { open: 'open', types: null }],
    [
      '{ open ...F } fragment F on Query { __type(name: "Query") { ...T } } fragment T on __Type { name }',
      '__type',
      { open: 'open', __type: null },
    ],
  ])('N7: needs the permission schema:read: %s', (source, path, data) => {
    expect(ask(user, source)).toMatchObject({ kind: 'filtered', data, refused: [path] });
    expect(ask(user, source).errors[0]?.extensions).toMatchObject({
      code: 'UNAUTHORIZED_FIELD_OR_TYPE',
      missing: { scopes: [['schema:read']] },
    });
    expect(ask(anonymous, source).errors[0]?.extensions['code']).toBe('UNAUTHENTICATED');
    expect(ask(userWith('schema:read'), source).kind).toBe('allowed');
  });

  test('N7: asking for type names does not', () => {
    expect(ask(anonymous, '{ __typename open }').kind).toBe('allowed');
  });
});
