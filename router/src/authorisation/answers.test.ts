/** Rules A (answers), N6, N8 and N9 of SPEC.md: what a client gets where something is refused. */
import { parse } from 'graphql';
import { createAuthoriser } from './authorise.ts';
import { REPORTED_AT_MOST } from './refusals.ts';
import { anonymous, compose, givenSupergraph, userWith } from './testing/givenSupergraph.ts';
import { ann, graph, sdl } from './testing/peopleGraph.ts';

const ask = givenSupergraph(sdl, graph);
const user = userWith();

describe('the data', () => {
  const answers: [string, string, unknown, string[]][] = [
    ['A1: null for a refused field', '{ me { name email } }', { me: { name: 'Ann', email: null } }, ['me.email']],
    ['A1: under the key that the client chose', '{ a: secret b: open }', { a: null, b: 'open' }, ['a']],
    ['A1: nothing for a field of an object that is not there', '{ nobody { email phone } }', { nobody: null }, []],
    [
      'A2: the nearest nullable ancestor of a field that may not be null',
      '{ open me { name phone } }',
      { open: 'open', me: null },
      ['me.phone'],
    ],
    ['A2: several levels up', '{ me { friend { name } best { phone } } }', { me: null }, ['me.best.phone']],
    ['A2: the data itself', '{ open must }', null, ['must']],
    ['A2: the data itself, from below', '{ open always { best { phone } } }', null, ['always.best.phone']],
    [
      'A3: each element of a list',
      '{ people { email } }',
      { people: [{ email: null }, null, { email: null }] },
      ['people.0.email', 'people.2.email'],
    ],
    [
      'A3: an element that may be null',
      '{ people { phone } }',
      { people: [null, null, null] },
      ['people.0.phone', 'people.2.phone'],
    ],
    [
      'A3: a list whose elements may not be null',
      '{ open full { phone } }',
      { open: 'open', full: null },
      ['full.0.phone', 'full.1.phone'],
    ],
    ['A3: a list that may not be null itself', '{ open all { phone } }', null, ['all.0.phone', 'all.1.phone']],
    [
      'A3: lists of lists',
      '{ grid { phone } }',
      { grid: [null, null, null] },
      ['grid.0.0.phone', 'grid.2.0.phone', 'grid.2.1.phone'],
    ],
    [
      'A3: lists in elements of lists',
      '{ people { friends { email } } }',
      { people: [{ friends: [{ email: null }, { email: null }] }, null, { friends: null }] },
      ['people.0.friends.0.email', 'people.0.friends.1.email'],
    ],
    [
      'A3: a list where an element loses everything',
      '{ people { friends { phone } name } }',
      { people: [{ friends: null, name: 'Ann' }, null, { friends: null, name: 'Bob' }] },
      ['people.0.friends.0.phone', 'people.0.friends.1.phone'],
    ],
    [
      'N6: type names, which are never refused',
      '{ me { a: __typename email b: __typename ... on Person { c: __typename } } }',
      { me: { a: 'Person', email: null, b: 'Person', c: 'Person' } },
      ['me.email'],
    ],
    [
      'N8: null when one of several under the same key is refused',
      '{ me { friend { name } ...F } } fragment F on Person { friend { email } }',
      { me: { friend: { name: 'Bob', email: null } } },
      ['me.friend.email'],
    ],
    [
      'N9: nothing for what is not asked',
      '{ open secret @include(if: false) must @skip(if: true) ... @skip(if: true) { s: secret } ...F @include(if: false) } fragment F on Query { t: must }',
      { open: 'open' },
      [],
    ],
    [
      'N9: nothing inside of what is not asked',
      '{ open me @include(if: false) { phone } people { name phone @skip(if: true) } }',
      { open: 'open', people: [{ name: 'Ann' }, null, { name: 'Bob' }] },
      [],
    ],
  ];
  test.each(answers)('%s', (_, source, data, refused) => {
    expect(ask(user, source)).toMatchObject({ kind: 'filtered', data, refused });
  });

  test('A4: the fields stand in the order in which the client asked for them', () => {
    const source =
      '{ z: secret open me { email ...F name } a: secret } fragment F on Person { friend { email name } phone @skip(if: true) }';
    const { data } = ask(user, source);
    expect(JSON.stringify(data)).toBe(
      '{"z":null,"open":"open","me":{"email":null,"friend":{"email":null,"name":"Bob"},"name":"Ann"},"a":null}',
    );
  });

  test.each([
    [{ yes: true, no: false }, ['a', 'b']],
    [{ yes: false, no: true }, []],
    [{}, ['a', 'b']],
    [undefined, ['a', 'b']],
  ])('N9: variables and their defaults decide what is asked: %j', (variables, refused) => {
    const source = `query ($yes: Boolean! = true, $no: Boolean! = false) {
      open a: secret @include(if: $yes) b: secret @skip(if: $no) c: secret @include(if: $yes) @skip(if: $yes)
    }`;
    expect(ask(user, source, { ...(variables && { variables }) }).refused).toEqual(refused);
  });

  test('A9: keys that objects have by nature are keys like any other', () => {
    const source = '{ constructor: open toString: secret me { __proto__: name hasOwnProperty: email valueOf: name } }';
    expect(ask(user, source).data).toEqual(
      JSON.parse(
        '{"constructor":"open","toString":null,"me":{"__proto__":"Ann","hasOwnProperty":null,"valueOf":"Ann"}}',
      ),
    );
  });
});

describe('the errors', () => {
  test('A5: say what, where and what for', () => {
    const { errors } = ask(user, '{\n  open\n  people { mail: email }\n}');
    expect(errors.map((error) => error.toJSON())).toEqual(
      [0, 2].map((index) => ({
        message: 'Unauthorized field or type',
        locations: [{ line: 3, column: 12 }],
        path: ['people', index, 'mail'],
        extensions: {
          code: 'UNAUTHORIZED_FIELD_OR_TYPE',
          missing: { scopes: [['user:read', 'target:read'], ['audit:read']] },
        },
      })),
    );
  });

  test('A5: name every place under the same key', () => {
    const [error] = ask(user, '{ secret\n secret ...F ...F }\nfragment F on Query { secret }').errors;
    expect(error?.locations).toEqual([
      { line: 1, column: 3 },
      { line: 2, column: 2 },
      { line: 3, column: 23 },
    ]);
  });

  test('A5: tell of a requirement only what is missing', () => {
    expect(ask(userWith('target:read'), '{ me { email } }').errors[0]?.extensions['missing']).toEqual({
      scopes: [['user:read'], ['audit:read']],
    });
  });

  test('A5: do not tell what is missing when that is switched off', () => {
    expect(ask(user, '{ secret }', { reportMissing: false }).errors[0]?.extensions).toEqual({
      code: 'UNAUTHORIZED_FIELD_OR_TYPE',
    });
  });

  test('A7: ask a stranger to sign in, and tell no more', () => {
    const { errors, data } = ask(anonymous, '{ open secret me { phone } }');
    expect(data).toEqual({ open: 'open', secret: null, me: null });
    expect(errors.map(({ message, extensions }) => ({ message, extensions }))).toEqual(
      [0, 1].map(() => ({
        message: 'Sign in first: this needs an access token.',
        extensions: { code: 'UNAUTHENTICATED', missing: { authenticated: true } },
      })),
    );
  });

  test('A5: all that is refused is told, below a null too', () => {
    expect(ask(user, '{ always { phone email best { phone } } must }').refused).toEqual([
      'always.phone',
      'always.email',
      'always.best.phone',
      'must',
    ]);
  });

  test('A6: are bounded in number; the data is not', () => {
    const many = givenSupergraph(sdl, { people: Array.from({ length: REPORTED_AT_MOST }, () => ann) });
    const { data, errors } = many(user, '{ people { a: email b: email } }');
    expect(errors).toHaveLength(REPORTED_AT_MOST);
    expect(new Set((data as { people: object[] }).people.map((item) => JSON.stringify(item)))).toEqual(
      new Set(['{"a":null,"b":null}']),
    );
  });
});

describe('an execution that has errors of its own', () => {
  test('A8: keeps them, before ours, at their places', () => {
    const { data, errors } = ask(user, '{ secret fails people { email broken } }');
    expect(data).toEqual({
      secret: null,
      fails: null,
      people: [{ email: null, broken: null }, null, { email: null, broken: null }],
    });
    expect(errors.map(({ message, path }) => `${path?.join('.')} ${message}`)).toEqual([
      'fails out of order',
      'people.0.broken out of order',
      'people.2.broken out of order',
      'secret Unauthorized field or type',
      'people.0.email Unauthorized field or type',
      'people.2.email Unauthorized field or type',
    ]);
  });

  const { schema, requirements } = compose(sdl);
  const authorise = createAuthoriser({ schema, requirements }).authorise;
  const filtered = (source: string) => {
    const decision = authorise({ document: parse(source), viewer: user });
    if (decision.kind !== 'filtered') throw new Error(decision.kind);
    return decision;
  };

  test('A8: an answer without data stays as it is', () => {
    const answer = { errors: [{ message: 'variables', extensions: { code: 'BAD_USER_INPUT' } }] };
    expect(filtered('{ open secret }').complete(answer)).toBe(answer);
  });

  test('A8: null data stays null, and what is refused at the root is told', () => {
    const answer = filtered('{ open secret me { email } }').complete({ data: null, errors: ['down'] });
    expect(answer).toMatchObject({ data: null, errors: ['down', { path: ['secret'] }] });
  });

  test('A9: what is not in the answer is null, whatever the key', () => {
    const source = '{ constructor: me { email } toString: secret valueOf: people { phone } }';
    for (const data of [{}, null]) {
      const { errors } = filtered(source).complete({ data });
      expect(errors).toMatchObject([{ path: ['toString'] }]);
    }
  });

  test('A8: extensions stay', () => {
    expect(filtered('{ open secret }').complete({ data: { open: 'o' }, extensions: { cost: 1 } }).extensions).toEqual({
      cost: 1,
    });
  });

  test('A9: the answer that was given is not changed, and can be completed again', () => {
    const decision = filtered('{ open me { name email } }');
    const answer = { data: Object.freeze({ open: 'o', me: Object.freeze({ name: 'Ann' }) }) };
    const complete = () => JSON.parse(JSON.stringify(decision.complete(answer)));
    expect(complete()).toEqual(complete());
    expect(complete()).toMatchObject({
      data: { open: 'o', me: { name: 'Ann', email: null } },
      errors: [{ path: ['me', 'email'] }],
    });
  });
});

test('A10: fragments that spread each other many times over take no more time than they take room', () => {
  const levels = Array.from({ length: 40 }, (_, i) => `fragment F${i} on Person { ...F${i + 1} ...F${i + 1} }`);
  const source = `{ people { ...F0 } } ${levels.join(' ')} fragment F40 on Person { name email }`;
  expect(ask(user, source).data).toEqual({
    people: [{ name: 'Ann', email: null }, null, { name: 'Bob', email: null }],
  });
});
