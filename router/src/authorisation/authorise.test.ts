/** Rules N (what is needed) and F (what is left) of SPEC.md, on one small graph. */
import { parse, print } from 'graphql';
import { createAuthoriser } from './authorise.ts';
import type { Authorisation } from './authorise.ts';
import { anonymous, compose, givenSupergraph, oneLine, userWith } from './testing/givenSupergraph.ts';

const sdl = `
  type Query {
    open: String @tag(name: "public")
    closed: String @authenticated
    both: String @authenticated @requiresScopes(scopes: [["user:read"]])
    either: String @requiresScopes(scopes: [["user:read", "target:read"], ["audit:read"]])
    me: Person @tag(name: "public")
    secret: Secret
    secrets: [[Secret!]!]
    colour: Colour
    code: Code
    echo(text: String, deep: [In!]): String @authenticated
  }
  input In { text: String }
  type Person { name: String, email: String @requiresScopes(scopes: [["user:read"]]), friend: Person, safe: Safe }
  type Safe { secret: Secret, label: String }
  type Secret @requiresScopes(scopes: [["credential:read"]]) { id: ID, owner: Person }
  enum Colour @requiresScopes(scopes: [["target:read"]]) { RED }
  scalar Code @authenticated
  type Mutation { noop: String @tag(name: "public") }
`;
const person = {
  name: 'Ann',
  email: 'ann@x',
  friend: { name: 'Bob', email: 'bob@x' },
  safe: { label: 'A', secret: { id: '1' } },
};
const ask = givenSupergraph(sdl, {
  open: 'open',
  closed: 'closed',
  both: 'both',
  either: 'either',
  me: person,
  secret: { id: '1' },
  secrets: [[{ id: '1' }], []],
  colour: 'RED',
  code: 'c',
  echo: 'e',
});

describe('what a field needs', () => {
  test.each([
    ['open', [], true],
    ['closed', [], true],
    ['both', [], false],
    ['both', ['user:read'], true],
    ['either', ['user:read'], false],
    ['either', ['user:read', 'target:read'], true],
    ['either', ['audit:read'], true],
    ['colour', [], false],
    ['colour', ['target:read'], true],
    ['code', [], true],
    ['secret { id }', ['user:read'], false],
    ['secret { id }', ['credential:read'], true],
    ['secrets { id }', [], false],
    ['secrets { id }', ['credential:read'], true],
  ] as const)('N1, N2: %s for somebody with %j: %s', (field, permissions, isAllowed) => {
    const { kind, refused } = ask(userWith(...permissions), `{ ${field} }`);
    expect({ kind, refused }).toEqual(
      isAllowed ? { kind: 'allowed', refused: [] } : { kind: 'filtered', refused: [field.split(' ')[0]] },
    );
  });

  test.each(['closed', 'both', 'either', 'colour', 'code', 'secret { id }'])(
    'N1: a stranger does not get %s',
    (field) => {
      expect(ask(anonymous, `{ ${field} }`)).toMatchObject({ kind: 'filtered', executed: null });
    },
  );

  test('N1: a stranger gets what is public', () => {
    expect(ask(anonymous, '{ open me { name } }')).toMatchObject({ kind: 'allowed', refused: [] });
  });

  test('N1: what is refused is refused at every depth', () => {
    const { data, refused } = ask(
      userWith(),
      '{ me { safe { label secret { owner { name } } } friend { email } email } }',
    );
    expect(data).toEqual({ me: { safe: { label: 'A', secret: null }, friend: { email: null }, email: null } });
    expect(refused).toEqual(['me.safe.secret', 'me.friend.email', 'me.email']);
  });
});

describe('what is left of the document', () => {
  const left: [string, string, string | null][] = [
    ['a field is taken out', '{ open both }', '{ open }'],
    ['an aliased field is', '{ open b: both }', '{ open }'],
    ['a root field is, with all that is in it', '{ open secret { owner { name } } }', '{ open }'],
    ['an empty selection keeps a type name', '{ me { email } }', '{ me { __router_typename: __typename } }'],
    ['a selection of a type name is not empty', '{ me { __typename email } }', '{ me { __typename } }'],
    ['an empty inline fragment goes', '{ open ... { both } }', '{ open }'],
    ['an inline fragment shrinks', '{ ... @include(if: true) { both open } }', '{ ... @include(if: true) { open } }'],
    ['an empty fragment goes', '{ open ...F } fragment F on Query { both }', '{ open }'],
    [
      'a fragment that spreads an empty one goes',
      '{ open ...F } fragment F on Query { ...G } fragment G on Query { both }',
      '{ open }',
    ],
    [
      'a fragment shrinks in all its places',
      '{ ...F me { ...P friend { ...P } } } fragment F on Query { open both } fragment P on Person { name email }',
      '{ ...F me { ...P friend { ...P } } } fragment F on Query { open } fragment P on Person { name }',
    ],
    [
      'what is inside nothing refused stays',
      'query Q { me { ...P @include(if: true) } both } fragment P on Person { name safe { label } }',
      'query Q { me { ...P @include(if: true) } } fragment P on Person { name safe { label } }',
    ],
    [
      'a variable of a refused field goes',
      'query ($a: Boolean!, $b: Boolean!) { open @include(if: $a) both @include(if: $b) }',
      'query ($a: Boolean!) { open @include(if: $a) }',
    ],
    [
      'a variable in a fragment stays',
      'query ($a: String, $b: String) { both ...F } fragment F on Query { echo(text: $a, deep: [{ text: $b }]) }',
      'query ($a: String, $b: String) { ...F } fragment F on Query { echo(text: $a, deep: [{text: $b}]) }',
    ],
    [
      'a key of the client is not taken for ours',
      '{ me { __router_typename: name safe { secret { id } } } }',
      '{ me { __router_typename: name safe { __router_typename_: __typename } } }',
    ],
    ['nothing is left', '{ both ... { secret { id } } }', null],
    [
      'a type name alone needs no execution',
      '{ __typename both ...F } fragment F on Query { type: __typename ...G } fragment G on Query { __typename }',
      null,
    ],
  ];
  test.each(left)('F1, F2: %s', (_, source, expected) => {
    expect(ask(userWith(), source).executed).toBe(expected);
  });

  test('F1: only the operation that is asked for is left', () => {
    const source = 'query A { open both } query B { open ...F } fragment F on Query { either }';
    expect(ask(userWith(), source, { operationName: 'A' }).executed).toBe('query A { open }');
    expect(ask(userWith(), source, { operationName: 'B' }).executed).toBe('query B { open }');
  });

  test('F4: what is answered without an execution is complete', () => {
    expect(ask(userWith(), '{ type: __typename both ... { __typename either } }').data).toEqual({
      type: 'Query',
      both: null,
      __typename: 'Query',
      either: null,
    });
  });
});

describe('an authoriser', () => {
  const { schema, requirements } = compose(sdl);
  const authorise = createAuthoriser({ schema, requirements }).authorise;

  test('F3: those who are refused the same get the same document', () => {
    const document = parse('{ open both closed me { email } }');
    const filtered = (viewer: ReturnType<typeof userWith>) => {
      const decision = authorise({ document, viewer });
      return decision.kind === 'filtered' ? decision.document : undefined;
    };
    expect(filtered(userWith('target:read'))).toBe(filtered(userWith()));
    expect(authorise({ document, viewer: userWith('user:read') })).toEqual({ kind: 'allowed' });
  });

  test('F3: what was worked out for one viewer does not reach another', () => {
    const document = parse('{ open both either }');
    const all = [
      userWith(),
      userWith('user:read'),
      userWith('audit:read'),
      userWith('user:read', 'audit:read'),
      anonymous,
    ];
    const kinds = () =>
      all.map((viewer) => {
        const decision = authorise({ document, viewer });
        return decision.kind === 'filtered'
          ? decision.complete({ data: { open: 'o', both: 'b', either: 'e' } }).data
          : decision.kind;
      });
    const expected = [
      { open: 'o', both: null, either: null },
      { open: 'o', both: 'b', either: null },
      { open: 'o', both: null, either: 'e' },
      'allowed',
      { open: 'o', both: null, either: null },
    ];
    expect(kinds()).toEqual(expected);
    expect(kinds()).toEqual(expected);
  });

  test('F3: more groups of viewers than are kept still get each their own', () => {
    const permissions = ['user:read', 'audit:read', 'target:read', 'credential:read'] as const;
    const source = '{ open closed both either colour secret { id } }';
    const document = parse(source);
    const groups = Array.from({ length: 16 }, (_, bits) => permissions.filter((_permission, bit) => bits & (1 << bit)));
    for (const viewer of [anonymous, ...[...groups, ...groups.toReversed()].map((group) => userWith(...group))])
      expect(leftFor(authorise({ document, viewer }))).toBe(leftFor(authorise({ document: parse(source), viewer })));
  });

  function leftFor(decision: Authorisation): string {
    return decision.kind === 'filtered' && decision.document ? oneLine(print(decision.document)) : decision.kind;
  }

  test('refuses an operation that the document does not hold', () => {
    const document = parse('query A { open } query B { open }');
    for (const operationName of [undefined, null, 'C']) {
      const decision = authorise({ document, operationName, viewer: userWith() });
      expect(decision).toMatchObject({
        kind: 'rejected',
        errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }],
      });
    }
    expect(authorise({ document, operationName: 'B', viewer: userWith() }).kind).toBe('allowed');
  });

  test.each(['{ nowhere }', '{ me { ...F } }', '{ ... on Nowhere { x } }', '{ open { x } }'])(
    'does not let a document pass that is not valid: %s',
    (source) => {
      expect(() => authorise({ document: parse(source), viewer: userWith() })).toThrow('not been validated');
    },
  );

  test('does not complete without the answer that it needs', () => {
    const decision = authorise({ document: parse('{ open both }'), viewer: userWith() });
    expect(() => decision.kind === 'filtered' && decision.complete()).toThrow(TypeError);
  });
});
