/** Rules N3 to N5 of SPEC.md: interfaces and unions, whose types ask for different things. */
import { parse } from 'graphql';
import { createAuthoriser } from './authorise.ts';
import { anonymous, compose, givenSupergraph, userWith } from './testing/givenSupergraph.ts';

const sdl = `
  type Query {
    things: [Thing] @tag(name: "public")
    nodes: [Node] @tag(name: "public")
    node: Node @tag(name: "public")
    named: [Named!] @tag(name: "public")
    vault: Vault @tag(name: "public")
    vaults: [Hidden] @tag(name: "public")
    rated: [Rated] @tag(name: "public")
  }
  interface Node { id: ID! }
  interface Named implements Node { id: ID!, name: String }
  type Open implements Node & Named { id: ID!, name: String, open: String, peer: Node }
  type Closed implements Node & Named @requiresScopes(scopes: [["user:read"]]) { id: ID!, name: String, closed: String, peer: Node }
  union Thing = Open | Closed | Lone
  type Lone @authenticated { lone: String, peer: Thing }
  union Vault = Key | Coin
  type Key @requiresScopes(scopes: [["credential:read"]]) { key: String }
  type Coin @requiresScopes(scopes: [["target:read"]]) { coin: String }
  interface Hidden { id: ID }
  type Hide implements Hidden @authenticated { id: ID }
  type Seek implements Hidden @requiresScopes(scopes: [["audit:read"]]) { id: ID }
  interface Rated { stars: Int, price: Int }
  type Film implements Rated { stars: Int, price: Int @requiresScopes(scopes: [["audit:read"]]) }
  type Book implements Rated { stars: Int, price: Int }
`;
const open = { __typename: 'Open', id: '1', name: 'o', open: 'yes' };
const closed = { __typename: 'Closed', id: '2', name: 'c', closed: 'no', peer: open };
const lone = { __typename: 'Lone', lone: 'l', peer: closed };
const ask = givenSupergraph(sdl, {
  things: [{ ...open, peer: closed }, closed, lone, null],
  nodes: [open, closed],
  node: open,
  named: [open, closed],
  vault: { __typename: 'Key', key: 'k' },
  vaults: [{ __typename: 'Hide', id: '1' }],
  rated: [
    { __typename: 'Film', stars: 1, price: 2 },
    { __typename: 'Book', stars: 3, price: 4 },
  ],
});
const user = userWith();
const reader = userWith('user:read');

describe('N5: a fragment on a type that is refused', () => {
  const cases: [string, string, string | null, unknown, string[]][] = [
    [
      'loses that fragment only',
      '{ things { ... on Open { open } ... on Closed { closed } ... on Lone { lone } } }',
      '{ things { __router_typename: __typename ... on Open { open } ... on Lone { lone } } }',
      [{ open: 'yes' }, { closed: null }, { lone: 'l' }, null],
      ['things.1.closed'],
    ],
    [
      'as a named fragment too',
      '{ things { ...C ...O } } fragment C on Closed { closed } fragment O on Open { open }',
      '{ things { __router_typename: __typename ...O } } fragment O on Open { open }',
      [{ open: 'yes' }, { closed: null }, {}, null],
      ['things.1.closed'],
    ],
    [
      'with all that is in it, unless it applies to something else',
      '{ things { ... on Closed { peer { ... on Open { open } } ...N } ...N } } fragment N on Node { ... on Open { open } }',
      '{ things { __router_typename: __typename ... on Closed { ...N } ...N } } fragment N on Node { ... on Open { open } }',
      [{ open: 'yes' }, { peer: null }, {}, null],
      ['things.1.peer'],
    ],
    [
      'through fragments that do not name it',
      '{ things { ... on Closed { ...F } ... on Node { ... on Open { id } } } } fragment F on Closed { ... @include(if: true) { x: closed } }',
      '{ things { __router_typename: __typename ... on Node { ... on Open { id } } } }',
      [{ id: '1' }, { x: null }, {}, null],
      ['things.1.x'],
    ],
    [
      'through an interface inside it',
      '{ things { ... on Closed { ... on Node { ... on Named { name } } } ... on Open { open } } }',
      '{ things { __router_typename: __typename ... on Open { open } } }',
      [{ open: 'yes' }, { name: null }, {}, null],
      ['things.1.name'],
    ],
    [
      'whichever key the others use',
      '{ things { ... on Open { x: open } ... on Closed { x: closed } ... on Lone { x: lone } } }',
      '{ things { __router_typename: __typename ... on Open { x: open } ... on Lone { x: lone } } }',
      [{ x: 'yes' }, { x: null }, { x: 'l' }, null],
      ['things.1.x'],
    ],
    [
      'below one that is allowed',
      '{ things { ... on Lone { peer { ... on Closed { closed } ... on Open { open } } } } }',
      '{ things { ... on Lone { peer { __router_typename: __typename ... on Open { open } } } } }'.replace(
        '{ things {',
        '{ things { __router_typename: __typename',
      ),
      [{}, {}, { peer: { closed: null } }, null],
      ['things.2.peer.closed'],
    ],
  ];
  test.each(cases)('%s', (_, source, executed, things, refused) => {
    expect(ask(user, source)).toMatchObject({ kind: 'filtered', executed, data: { things }, refused });
    expect(ask(reader, source).kind).toBe('allowed');
  });

  test('N6: tells the type of what is there all the same', () => {
    expect(
      ask(user, '{ things { ... on Closed { __typename closed } ... on Open { type: __typename } } }'),
    ).toMatchObject({
      executed:
        '{ things { __router_typename: __typename ... on Closed { __typename } ... on Open { type: __typename } } }',
      data: { things: [{ type: 'Open' }, { __typename: 'Closed', closed: null }, {}, null] },
      refused: ['things.1.closed'],
    });
  });

  test('puts null where a field may not be null', () => {
    expect(ask(user, '{ things { ... on Closed { id } ... on Open { id } } }')).toMatchObject({
      data: { things: [{ id: '1' }, null, {}, null] },
      refused: ['things.1.id'],
    });
    expect(ask(user, '{ named { ... on Closed { id } ... on Open { id } } }')).toMatchObject({
      data: { named: null },
      refused: ['named.1.id'],
    });
  });

  test('a stranger keeps what is open', () => {
    expect(
      ask(anonymous, '{ things { ... on Open { open } ... on Closed { closed } ... on Lone { lone } } }'),
    ).toMatchObject({
      data: { things: [{ open: 'yes' }, { closed: null }, { lone: null }, null] },
      refused: ['things.1.closed', 'things.2.lone'],
    });
  });
});

describe('N4: a field of an interface', () => {
  const cases: [string, string, string | null, unknown, string[]][] = [
    [
      'needs what every type behind it needs',
      '{ nodes { id } }',
      '{ nodes { __router_typename: __typename } }',
      { nodes: [null, null] },
      ['nodes.0.id', 'nodes.1.id'],
    ],
    [
      'needs it through fragments on interfaces',
      '{ named { ... on Node { ... on Named { name } } } }',
      '{ named { __router_typename: __typename } }',
      { named: [{ name: null }, { name: null }] },
      ['named.0.name', 'named.1.name'],
    ],
    [
      'does not where the client names the type',
      '{ nodes { ... on Open { id open } } }',
      null,
      { nodes: [{ id: '1', open: 'yes' }, {}] },
      [],
    ],
    [
      'needs what the field of one type needs',
      '{ rated { stars price } }',
      '{ rated { __router_typename: __typename stars } }',
      {
        rated: [
          { stars: 1, price: null },
          { stars: 3, price: null },
        ],
      },
      ['rated.0.price', 'rated.1.price'],
    ],
    [
      'needs it for that type only, where the types are named',
      '{ rated { ... on Film { price } ... on Book { price } } }',
      '{ rated { __router_typename: __typename ... on Book { price } } }',
      { rated: [{ price: null }, { price: 4 }] },
      ['rated.0.price'],
    ],
    [
      'N8: is refused for all when it is also asked on the interface',
      '{ rated { price ... on Book { price } } }',
      '{ rated { __router_typename: __typename ... on Book { price } } }',
      { rated: [{ price: null }, { price: null }] },
      ['rated.0.price', 'rated.1.price'],
    ],
    [
      'N6: does not, when it is the name of the type',
      '{ nodes { __typename } }',
      null,
      { nodes: [{ __typename: 'Open' }, { __typename: 'Closed' }] },
      [],
    ],
  ];
  test.each(cases)('%s', (_, source, executed, data, refused) => {
    expect(ask(user, source)).toMatchObject({
      kind: executed ? 'filtered' : 'allowed',
      ...(executed && { executed }),
      data,
      refused,
    });
    expect(ask(userWith('user:read', 'audit:read'), source).kind).toBe('allowed');
  });
});

describe('N3: a field that returns an interface or a union', () => {
  test.each([
    ['{ vault { __typename } }', userWith(), ['vault']],
    ['{ vault { ... on Key { key } } }', userWith('user:read'), ['vault']],
    ['{ vault { ... on Key { key } } }', userWith('target:read'), ['vault.key']],
    ['{ vault { ... on Key { key } } }', userWith('credential:read'), []],
    ['{ vaults { __typename } }', anonymous, ['vaults']],
    ['{ vaults { __typename } }', userWith(), []],
    ['{ nodes { __typename } }', anonymous, []],
  ])('needs what at least one of its types needs: %s', (source, viewer, refused) => {
    expect(ask(viewer, source).refused).toEqual(refused);
  });
});

test('an answer that does not say what type its objects are is not completed', () => {
  const { schema, requirements } = compose(sdl);
  const document = parse('{ things { ... on Closed { closed } ... on Open { open } } }');
  const decision = createAuthoriser({ schema, requirements }).authorise({ document, viewer: user });
  for (const name of [undefined, 'Nothing', 'Node'])
    expect(
      () => decision.kind === 'filtered' && decision.complete({ data: { things: [{ __router_typename: name }] } }),
    ).toThrow('does not say what type');
});
