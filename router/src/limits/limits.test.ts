import { buildSchema, getIntrospectionQuery, GraphQLError, specifiedRules, validate } from 'graphql';
import { createLimits, defaultLimits } from './limits.ts';

const { parseOperation, checkDocument } = createLimits();

function codesOf(source: string, limits = createLimits({ tokens: 1_000_000 })): unknown[] {
  return limits.checkDocument(limits.parseOperation(source)).map(({ extensions }) => extensions['code']);
}

function faultOf(run: () => unknown): GraphQLError {
  try {
    run();
  } catch (error) {
    if (error instanceof GraphQLError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

const stranger = { kind: 'anonymous' } as const;
const user = {
  kind: 'user',
  userId: 'u',
  sessionId: 's',
  permissions: new Set<never>(),
  expiresAt: new Date(),
} as const;

describe('admitDocument', () => {
  const document = (characters: number): string => 'x'.repeat(characters);

  test('asks strangers with long documents to sign in first', () => {
    const { admitDocument } = createLimits({ anonymousCharacters: 100 });
    expect(() => admitDocument(document(100), stranger)).not.toThrow();
    expect(faultOf(() => admitDocument(document(101), stranger)).extensions['code']).toBe('UNAUTHENTICATED');
    expect(() => admitDocument(document(101), user)).not.toThrow();
  });
});

const nested = (levels: number): string => `${'{ x '.repeat(levels)}${'}'.repeat(levels)}`;

describe('parseOperation', () => {
  test('gives the document', () => {
    expect(parseOperation('{ viewer { email } }').definitions).toHaveLength(1);
  });

  test('names the place of a syntax error', () => {
    const fault = faultOf(() => parseOperation('{ viewer { }'));
    expect(fault.extensions['code']).toBe('GRAPHQL_PARSE_FAILED');
    expect(fault.message).toBe('Syntax Error: Expected Name, found "}".');
    expect(fault.locations).toEqual([{ line: 1, column: 12 }]);
  });

  test.each(['', '   ', '#', '{', 'query ($a: ) { x }', '{ x(a: "\\uD800") }', '\u0000'])('refuses %j', (source) => {
    expect(faultOf(() => parseOperation(source)).extensions['code']).toBe('GRAPHQL_PARSE_FAILED');
  });

  test('refuses one token too many, and accepts the last allowed one', () => {
    const document = (tokens: number): string => `{ ${'x '.repeat(tokens - 2)}}`;
    expect(parseOperation(document(defaultLimits.tokens))).toBeDefined();
    const fault = faultOf(() => parseOperation(document(defaultLimits.tokens + 1)));
    expect(fault.extensions['code']).toBe('MAX_TOKENS_LIMIT');
    expect(fault.message).toBe('The document has more than 5,000 tokens, which is the limit.');
  });

  test.each([
    ['fields', `${'{ x '.repeat(100_000)}`],
    ['lists', `{ x(a: ${'['.repeat(100_000)}) }`],
    ['objects', `{ x(a: ${'{ a: '.repeat(100_000)}) }`],
    ['types', `query ($a: ${'['.repeat(100_000)}) { x }`],
  ])('does not run out of stack on nested %s', (_, source) => {
    const codes = [parseOperation, createLimits({ tokens: 1_000_000 }).parseOperation].map(
      (parse) => faultOf(() => parse(source)).extensions['code'],
    );
    expect(codes[0]).toMatch(/^(MAX_TOKENS_LIMIT|GRAPHQL_PARSE_FAILED)$/);
    expect(codes[1]).toBe('GRAPHQL_PARSE_FAILED');
  });
});

describe('checkDocument', () => {
  test.each([
    ['depth', 'MAX_DEPTH_LIMIT', (n: number) => nested(n), defaultLimits.depth],
    ['depth through fragments', 'MAX_DEPTH_LIMIT', deepFragments, defaultLimits.depth],
    [
      'depth through inline fragments',
      'MAX_DEPTH_LIMIT',
      (n: number) => nested(n).replaceAll('{ x', '{ ... { x').replaceAll('}', '}}'),
      defaultLimits.depth,
    ],
    [
      'depth of introspection',
      'MAX_DEPTH_LIMIT',
      (n: number) => `{ __schema ${nested(n - 1)} }`,
      defaultLimits.introspectionDepth,
    ],
    ['aliases', 'MAX_ALIASES_LIMIT', (n: number) => `{ x { ${list(n, (i) => `a${i}: x`)} } }`, defaultLimits.aliases],
    [
      'aliases of __typename',
      'MAX_ALIASES_LIMIT',
      (n: number) => `{ x { ${list(n, (i) => `a${i}: __typename`)} } }`,
      defaultLimits.aliases,
    ],
    [
      'aliases in a fragment that is spread twice',
      'MAX_ALIASES_LIMIT',
      (n: number) =>
        `{ x { ...F ...F ${n % 2 ? 'odd: x' : ''} } } fragment F on X { ${list(Math.floor(n / 2), (i) => `a${i}: x`)} }`,
      defaultLimits.aliases,
    ],
    ['directives', 'MAX_DIRECTIVES_LIMIT', (n: number) => `{ x ${'@a '.repeat(n)} }`, defaultLimits.directives],
    [
      'directives on everything that takes them',
      'MAX_DIRECTIVES_LIMIT',
      (n: number) => `query ($a: A @a) @a { ...F @a ... @a { x ${'@a '.repeat(n - 5)} } } fragment F on X @a { x }`,
      defaultLimits.directives,
    ],
    ['root fields', 'MAX_ROOT_FIELDS_LIMIT', (n: number) => `{ ${'x '.repeat(n)} }`, defaultLimits.rootFields],
    [
      'root fields in fragments',
      'MAX_ROOT_FIELDS_LIMIT',
      (n: number) => `{ ...F ... { x } } fragment F on Query { ${'x '.repeat(n - 1)} }`,
      defaultLimits.rootFields,
    ],
    ['fields', 'MAX_TOKENS_LIMIT', (n: number) => `{ x { ${'x '.repeat(n - 1)} } }`, defaultLimits.fields],
    [
      'root fields of a sensitive kind',
      'MAX_ROOT_FIELDS_LIMIT',
      (n: number) => `mutation { ${'signIn '.repeat(n)} }`,
      1,
    ],
  ])('bounds %s', (_, code, document, limit) => {
    expect(codesOf(document(limit))).toEqual([]);
    expect(codesOf(document(limit + 1))).toEqual([code]);
  });

  function deepFragments(levels: number): string {
    const fragments = list(levels - 2, (i) => `fragment F${i} on X { x { ...F${i + 1} } }`);
    return `{ x { ...F0 } } ${fragments} fragment F${levels - 2} on X { x }`;
  }

  function list(length: number, item: (index: number) => string): string {
    return Array.from({ length }, (_, index) => item(index)).join(' ');
  }

  test('says the figure and the limit', () => {
    const errors = checkDocument(parseOperation(`{ ${'signIn '.repeat(21)} }`));
    expect(errors.map(({ extensions }) => extensions)).toEqual([
      { code: 'MAX_ROOT_FIELDS_LIMIT', limit: 20, actual: 21 },
      { code: 'MAX_ROOT_FIELDS_LIMIT', limit: 1, actual: 21 },
    ]);
    expect(errors.map(({ message }) => message)).toEqual([
      'The operation has 21 root fields; the limit is 20.',
      'The document asks 21 times for one of signIn, completeSetup, refreshSession; the limit is once.',
    ]);
  });

  test('reports every limit that is exceeded', () => {
    const source = `{ x ${nested(20)} ${Array.from({ length: 60 }, (_, i) => `a${i}: x @a`).join(' ')} }`;
    expect(codesOf(source)).toEqual([
      'MAX_DEPTH_LIMIT',
      'MAX_ALIASES_LIMIT',
      'MAX_DIRECTIVES_LIMIT',
      'MAX_ROOT_FIELDS_LIMIT',
    ]);
  });

  test.each([
    ['the same one twice', 'mutation { signIn a: signIn }'],
    ['two kinds', 'mutation { signIn completeSetup }'],
    ['through fragments', 'mutation { signIn ...F } fragment F on Mutation { ... { completeSetup } }'],
    ['in two operations', 'mutation A { signIn } mutation B { signIn }'],
  ])('refuses sensitive root fields: %s', (_, source) => {
    expect(codesOf(source)).toEqual(['MAX_ROOT_FIELDS_LIMIT']);
  });

  test('a field that is named like a sensitive root field elsewhere counts for nothing', () => {
    expect(codesOf('{ user { signIn a: signIn b: signIn } }')).toEqual([]);
  });

  test('figures come from the configuration, and leave the others at their defaults', () => {
    const limits = createLimits({ depth: 2, sensitiveRootFields: ['reset'] });
    expect(codesOf('{ x { x { x } } }', limits)).toEqual(['MAX_DEPTH_LIMIT']);
    expect(codesOf('mutation { reset a: reset }', limits)).toEqual(['MAX_ROOT_FIELDS_LIMIT']);
    expect(codesOf('mutation { signIn a: signIn }', limits)).toEqual([]);
  });

  test.each([{}, { inputValueDeprecation: true, oneOf: true, directiveIsRepeatable: true, schemaDescription: true }])(
    'lets the introspection query of tools pass, whatever the depth of other queries (%j)',
    (options) => {
      expect(codesOf(getIntrospectionQuery(options), createLimits({ depth: 3 }))).toEqual([]);
    },
  );

  test('an operation of the size of a console page passes', () => {
    const page = `query Page($id: ID!, $detail: Boolean!) {
      execution(id: $id) { ...Run tasks(first: 100) { nodes { ...Line } pageInfo { hasNextPage endCursor } } }
      recent: executions(first: 20) { nodes { ...Run } }
      viewer { email permissions user { name } }
    }
    fragment Run on Execution { id command status startedAt finishedAt startedBy { id name } counts { total running failed } }
    fragment Line on Task { id status exitCode reason output @include(if: $detail) target { id name labels { key value } } }`;
    expect(codesOf(page)).toEqual([]);
  });
});

describe('hostile documents', () => {
  test.each([
    ['a fragment that spreads itself', '{ ...F } fragment F on X { x ...F }'],
    [
      'a circle of three',
      '{ ...A } fragment A on X { x { ...B } } fragment B on X { x { ...C } } fragment C on X { x { ...A } }',
    ],
    ['a fragment that is not there', '{ ...Nowhere }'],
    ['no operation at all', 'fragment F on X { x }'],
    ['a type definition', 'type X { x: X }'],
  ])('end: %s', (_, source) => {
    expect(codesOf(source)).toEqual([]);
  });

  test('a circle is left to validation, which refuses it', () => {
    const schema = buildSchema('type Query { x: Query }');
    const document = parseOperation('{ ...F } fragment F on Query { x { ...F } }');
    expect(checkDocument(document)).toEqual([]);
    expect(validate(schema, document, specifiedRules)).toHaveLength(1);
  });

  test.each([
    ['spread twice', 'x ...F# ...F#'],
    ['spread forty times', `x ${'...F# '.repeat(40)}`],
    ['inside fields', 'x { ...F# } y: x { ...F# }'],
  ])('a bomb of fragments is measured without exploding: %s', (_, body) => {
    const fragments = Array.from(
      { length: 60 },
      (_, i) => `fragment F${i} on X { ${body.replaceAll('#', String(i + 1))} }`,
    );
    const source = `{ x { ...F0 } } ${fragments.join(' ')} fragment F60 on X { x }`;
    const document = createLimits({ tokens: 1_000_000 }).parseOperation(source);
    const errors = checkDocument(document);
    expect(errors.map(({ message }) => message)).toContain(
      'The operation has 1,000,000 fields with its fragments written out; the limit is 2,000.',
    );
  });

  test('what is hidden in a fragment that nobody spreads counts', () => {
    expect(codesOf(`{ x } fragment F on X { ${'x '.repeat(2_001)} }`)).toEqual(['MAX_TOKENS_LIMIT']);
  });

  test('the work grows with the text, not with what it stands for', () => {
    const spreads = (fragments: number): string =>
      `{ ...F0 } ${Array.from({ length: fragments }, (_, i) => `fragment F${i} on X { ...F${i + 1} ...F${i + 1} }`).join(' ')}`;
    const visits = (fragments: number): number => {
      const document = createLimits({ tokens: 1_000_000 }).parseOperation(spreads(fragments));
      let count = 0;
      checkDocument(counted(document, () => (count += 1)));
      return count;
    };
    expect(visits(200)).toBeLessThan(2.2 * visits(100));
  });

  /** Counts how often a selection set is read. */
  function counted<T extends object>(node: T, onRead: () => void): T {
    return new Proxy(node, {
      get(target, key) {
        if (key === 'selections') onRead();
        const value: unknown = Reflect.get(target, key);
        return value !== null && typeof value === 'object' && key !== 'loc' ? counted(value, onRead) : value;
      },
    });
  }
});
