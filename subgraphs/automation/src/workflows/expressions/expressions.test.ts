import fc from 'fast-check';
import { createExpressions, ExpressionFault } from './index.ts';
import type { Expressions, Scope, ScopeTypes } from './index.ts';

let expressions: Expressions;
beforeAll(() => {
  expressions = createExpressions();
});
afterAll(() => expressions.close());

const scope: Scope = {
  inputs: { count: 3, ratio: 2, name: 'bob', list: [1, 2, 3], nothing: null, secret: 'hunter2-hunter2' },
  steps: { build: { status: 'SUCCEEDED', exitCode: 0, outputs: { version: '1.2.3', meta: { tags: ['a', 'b'] } } } },
};

/** @returns the fault that an expression ends with */
async function faultOf(expression: string, within: Scope = scope): Promise<ExpressionFault> {
  const fault = await expressions.evaluate(expression, within).then(
    (value) => new Error(`has the value ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  if (fault instanceof ExpressionFault) return fault;
  throw fault;
}

test.each<[string, unknown]>([
  ['inputs.count + 1', 4],
  ['inputs.name.startsWith("b") && inputs.count > 2.5', true],
  ['inputs.nothing == null ? "none" : "some"', 'none'],
  ['has(inputs.missing)', false],
  ['steps.build.outputs.meta.tags.map(tag, tag + "!")', ['a!', 'b!']],
  ['{"a": [1, 2.5, "x", null]}', { a: [1, 2.5, 'x', null] }],
  ['timestamp("2026-01-01T00:00:00Z") + duration("90s")', '2026-01-01T00:01:30.000Z'],
  ['b"hi"', 'aGk='],
  ['"version 1.2.3".extractRegex("([0-9.]+)")', '1.2.3'],
  ['"a\\nb\\n".lines()', ['a', 'b']],
  ['"{\\"x\\": [1]}".parseJson().x[0] + 1', 2],
  ['toJson({"a": [1, "b"]})', '{"a":[1,"b"]}'],
  ['"aXbX".replace("X", "--")', 'a--b--'],
  ['"abc".matchesRegex("^a.c$")', true],
])('%s is %j', async (expression, value) => {
  expect(await expressions.evaluate(expression, scope)).toEqual(value);
});

test('a declared number is one although its value has no fraction', async () => {
  const types: ScopeTypes = { inputs: { ratio: 'number' } };
  expect(await expressions.evaluate('inputs.ratio / 4.0', scope, types)).toBe(0.5);
  await expect(expressions.evaluate('inputs.ratio / 4.0', scope)).rejects.toMatchObject({ code: 'TYPE' });
});

test.each<[string, string, number]>([
  ['1 +', 'SYNTAX', 3],
  ['inputs.nope + 1', 'UNDEFINED', 7],
  ['1 + nope', 'UNDEFINED', 4],
  ['inputs.list[7]', 'UNDEFINED', 0],
  ['1 / 0', 'VALUE', 0],
  ['true && inputs.name + 1 == 2', 'TYPE', 8],
  ['int(inputs.secret)', 'VALUE', 0],
  ['"x".parseJson()', 'VALUE', 0],
  ['"x".matchesRegex("(")', 'VALUE', 0],
  ['"x".matches("x")', 'FORBIDDEN', 0],
  ['[1].map(x, [2].map(y, x * y))', 'FORBIDDEN', 11],
  ['inputs.constructor', 'UNDEFINED', 7],
  ['inputs.__proto__', 'UNDEFINED', 7],
  ['9223372036854775807', 'TOO_LARGE', 0],
])('%s fails with %s at %i', async (expression, code, start) => {
  expect(await faultOf(expression)).toMatchObject({ code, start });
});

test('no fault shows a value of the scope', async () => {
  for (const expression of [
    'inputs[inputs.secret]',
    'int(inputs.secret)',
    'timestamp(inputs.secret)',
    'duration(inputs.secret)',
    'inputs.secret + 1',
    'inputs.secret.parseJson()',
    '"a".matchesRegex("(" + inputs.secret)',
    '{inputs.secret: 1}.a',
    'inputs.secret ? 1 : 2',
    'bytes(inputs.secret).json()',
    'inputs.list[int(inputs.secret)]',
    'bool(inputs.secret)',
  ])
    expect((await faultOf(expression)).message).not.toContain('hunter2');
});

const long = Array.from({ length: 3_000 }, (_, index) => index);
const bombs: [string, string, Scope][] = [
  ['nested lists', `${'['.repeat(400)}${']'.repeat(400)}`, {}],
  ['many nodes', Array.from({ length: 400 }, () => '1').join('+'), {}],
  ['a very long text', `"${'a'.repeat(20_000)}"`, {}],
  ['nested comprehensions', 'l.all(a, l.all(b, l.all(c, a + b + c >= 0)))', { l: long }],
  ['bindings that double', 'cel.bind(a, l + l, cel.bind(b, a + a, b + b))', { l: long }],
  ['a list of copies', 'l.map(x, l + l + l + l)', { l: long }],
  ['a list of copies that is kept', 'l.map(x, toJson(l))', { l: long }],
  [
    'texts that double',
    `l.map(x, ${Array.from({ length: 60 }, () => 's').join('+')})`,
    { l: long, s: 'x'.repeat(9_999) },
  ],
  ['a replacement that grows', 's.replace("", s).replace("", s)', { s: 'x'.repeat(100_000) }],
  ['a pattern of repetitions', 's.matchesRegex("((a{1,100}){1,100}){1,100}$")', { s: 'a'.repeat(100_000) }],
  ['a slow search', 'l.all(x, !s.contains(t))', { l: long, s: 'a'.repeat(200_000), t: `${'a'.repeat(9_000)}b` }],
];

test.each(bombs)('a bomb ends with a fault, and what is asked beside it is answered: %s', async (_, bomb, within) => {
  const fault = faultOf(bomb, within);
  const besides = Array.from({ length: 50 }, (_, index) => expressions.evaluate(`1 + ${index}`, {}));
  expect((await fault).code).toMatch(/FORBIDDEN|TIMED_OUT|TOO_LARGE|VALUE|SYNTAX/);
  expect(await Promise.all(besides)).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
});

test('any text is a value or an ExpressionFault', async () => {
  const tokens = [
    'a',
    '.',
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    '"',
    "'",
    '+',
    '?',
    ':',
    ',',
    '1',
    '.5',
    'map',
    'has',
    'in',
    '\\',
  ];
  const text = fc.oneof(
    fc.string(),
    fc.array(fc.constantFrom(...tokens)).map((parts) => parts.join('')),
  );
  await fc.assert(
    fc.asyncProperty(text, async (expression) => {
      await expressions.evaluate(expression, { a: { map: [1] } }).catch((error: unknown) => {
        expect(error).toBeInstanceOf(ExpressionFault);
      });
    }),
    { numRuns: 500 },
  );
});

test('JSON goes through unchanged', async () => {
  await fc.assert(
    fc.asyncProperty(fc.jsonValue({ maxDepth: 4 }), async (value) => {
      // JSON has no -0.
      const json: unknown = JSON.parse(JSON.stringify(value));
      expect(await expressions.evaluate('value', { value: json })).toEqual(json);
    }),
  );
});

describe('templates', () => {
  test.each<[string, string]>([
    ['plain $x ${y} {{z}}', 'plain $x ${y} {{z}}'],
    ['hello ${{ inputs.name }}!', 'hello bob!'],
    ['${{ inputs.count }}${{ inputs.count * 2 }}', '36'],
    ['${{ {"a": {"b": "}}"}}.a.b }}', '}}'],
    ['${{ "${{" }} stays', '${{ stays'],
    ["${{ r'\\d}}' }}", '\\d}}'],
    ['[${{ inputs.nothing }}]', '[]'],
    ['${{ inputs.list }} ${{ {"a": true} }}', '[1,2,3] {"a":true}'],
    ['${{ 9223372036854775807 }}', '9223372036854775807'],
  ])('%s', async (template, text) => {
    expect(await expressions.render(template, scope)).toBe(text);
  });

  test('values are never read as templates again, and stay apart from the text', async () => {
    const hostile = '${{ inputs.secret }}; rm -rf / "\'$(x)`';
    const within = { inputs: { x: hostile } };
    expect(await expressions.render('echo ${{ inputs.x }}', within)).toBe(`echo ${hostile}`);
    expect(await expressions.fill('echo ${{ inputs.x }} end', within)).toEqual([
      { kind: 'text', text: 'echo ' },
      { kind: 'value', text: hostile },
      { kind: 'text', text: ' end' },
    ]);
  });

  test('faults are at their place in the template', async () => {
    await expect(expressions.render('ab ${{ nope }}', {})).rejects.toMatchObject({
      code: 'UNDEFINED',
      start: 7,
      end: 11,
    });
    await expect(expressions.render('ab ${{ 1', {})).rejects.toMatchObject({ code: 'SYNTAX', start: 3 });
  });

  test('any text that is put in comes out', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), fc.string(), async (value, around) => {
        const literal = around.replaceAll('${{', '');
        const text = await expressions.render(`${literal}\${{ v }}${literal}`, { v: value });
        expect(text).toBe(`${literal}${value}${literal}`);
      }),
    );
  });
});

describe('checks before there are values', () => {
  const types: ScopeTypes = {
    inputs: { count: 'integer', name: 'text', loose: 'any' },
    steps: { build: { exitCode: 'integer', outputs: { version: 'text', parts: 'list' } } },
  };

  test.each<[string, string]>([
    ['inputs.count + 1', 'integer'],
    ['inputs.loose.a.b', 'any'],
    ['steps.build.outputs.parts.map(p, p + 1)', 'list'],
    ['{"a": 1}', 'object'],
    ['inputs.name.size() > 3', 'boolean'],
    ['has(inputs.other)', 'boolean'],
    ['steps.build.outputs', 'object'],
    ['1.5', 'number'],
  ])('%s is of the type %s', async (expression, type) => {
    expect(await expressions.check(expression, types)).toMatchObject({ problems: [], type });
  });

  test.each<[string, string[], number[]]>([
    ['inputs.cuont + steps.nope.exitCode', ['UNDEFINED', 'UNDEFINED'], [7, 21]],
    ['steps.build.outputs.versoin', ['UNDEFINED'], [20]],
    ['[1].exists(x, x == y)', ['UNDEFINED'], [19]],
    ['inputs.name + 1', ['TYPE'], [0]],
    ['inputs.name.foo()', ['TYPE'], [0]],
    ['"x".matches("x")', ['FORBIDDEN'], [0]],
    ['1 +', ['SYNTAX'], [3]],
  ])('%s', async (expression, codes, starts) => {
    const { problems } = await expressions.check(expression, types);
    expect(problems.map(({ code }) => code)).toEqual(codes);
    expect(problems.map(({ start }) => start)).toEqual(starts);
  });

  test('the names that are read are told, but not those that a comprehension binds', async () => {
    const { references } = await expressions.check('steps.build.outputs.parts.exists(p, p == inputs.name)', types);
    expect(references.map(({ path }) => path.join('.'))).toEqual(['steps.build.outputs.parts', 'inputs.name']);
  });

  test('all problems of a template are told, at their places', async () => {
    const { problems } = await expressions.checkTemplate('${{ nope }} and ${{ inputs.name + 1 }}', types);
    expect(problems.map(({ code, start }) => [code, start])).toEqual([
      ['UNDEFINED', 4],
      ['TYPE', 20],
    ]);
  });
});

test('what was asked before closing is rejected, and so is what comes after', async () => {
  const other = createExpressions();
  const asked = other.evaluate('1', {});
  const answer = expect(asked).rejects.toThrow('closed');
  await other.close();
  await answer;
  await expect(other.evaluate('1', {})).rejects.toThrow('closed');
});
