import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { InvalidInput } from '@opsconductor/subgraph';
import { Secret, createRootKey, createVault } from '@opsconductor/vault';
import type { Parameter } from '../../workflows/definition.ts';
import { createExpressions } from '../../workflows/expressions/index.ts';
import type { Expressions } from '../../workflows/expressions/index.ts';
import { resolveInputs, revealAll } from './resolveInputs.ts';
import { openInputs, sealInputs } from './sealInputs.ts';

let expressions: Expressions;
beforeAll(() => {
  expressions = createExpressions();
});
afterAll(() => expressions.close());

const list = { from: 'list', values: [{ value: 'a' }, { value: 'b' }] } as const;
const resolve = (parameters: Parameter[], given: unknown) => resolveInputs(parameters, given, expressions);
const resolveOne = async (parameter: Omit<Parameter, 'name'>, value: unknown) =>
  (await resolve([{ name: 'x', ...parameter }], { x: value }))['x'];

test.each<[Omit<Parameter, 'name'>, unknown]>([
  [{ type: 'text', pattern: '[a-z]+' }, 'abc'],
  [{ type: 'integer', minimum: 1, maximum: 3 }, 3],
  [{ type: 'number' }, 1.5],
  [{ type: 'boolean' }, false],
  [{ type: 'date' }, '2028-02-29'],
  [{ type: 'choice', options: list }, 'b'],
  [{ type: 'multiChoice', options: list }, ['b', 'a']],
  [{ type: 'targetFilter' }, 'env=prod and not tag:web'],
  [{ type: 'text' }, '; rm -rf / $(x) `y` "\' \n\t \u{1f600}'],
])('%j takes %j as it is', async (parameter, value) => {
  expect(await resolveOne(parameter, value)).toEqual(value);
});

test.each<[Omit<Parameter, 'name'>, unknown]>([
  [{ type: 'text', pattern: '[a-z]+' }, 'abc1'],
  [{ type: 'text', pattern: 'a|b' }, 'ac'],
  [{ type: 'text', minLength: 2 }, 'a'],
  [{ type: 'text', maxLength: 2 }, 'abc'],
  [{ type: 'text' }, 'a\0b'],
  [{ type: 'text' }, '\ud800'],
  [{ type: 'text' }, 'x'.repeat(256 * 1024 + 1)],
  [{ type: 'text' }, 7],
  [{ type: 'integer' }, 1.5],
  [{ type: 'integer' }, '1'],
  [{ type: 'integer' }, 2 ** 53],
  [{ type: 'integer', minimum: 1 }, 0],
  [{ type: 'number', maximum: 1 }, 1.1],
  [{ type: 'boolean' }, 'true'],
  [{ type: 'date' }, '2027-02-29'],
  [{ type: 'date' }, '2027-2-1'],
  [{ type: 'choice', options: list }, 'c'],
  [{ type: 'multiChoice', options: list }, ['a', 'c']],
  [{ type: 'multiChoice', options: list }, ['a', 'a']],
  [{ type: 'multiChoice', options: list, maxLength: 1 }, ['a', 'b']],
  [{ type: 'multiChoice', options: list }, 'a'],
  [{ type: 'targetFilter' }, 'env='],
  [{ type: 'secret' }, { toString: 'x' }],
  [{ type: 'text', isRequired: true }, null],
  [{ type: 'text', isRequired: true }, ''],
])('%j refuses a value by its field, and does not repeat it', async (parameter, value) => {
  await expect(resolveOne(parameter, value)).rejects.toMatchObject({ name: 'Error', field: 'inputs.x' });
});

test('defaults are put in, what is missing is null, and what nobody asked for is refused', async () => {
  const parameters: Parameter[] = [
    { name: 'a', type: 'integer', default: 3 },
    { name: 'b', type: 'text' },
  ];
  expect(await resolve(parameters, undefined)).toEqual({ a: 3, b: null });
  await expect(resolve(parameters, { c: 1 })).rejects.toMatchObject({ field: 'inputs.c' });
  await expect(resolve(parameters, JSON.parse('{"__proto__": 1}'))).rejects.toMatchObject({
    field: 'inputs.__proto__',
  });
  for (const given of [[], 'x', 7]) await expect(resolve(parameters, given)).rejects.toBeInstanceOf(InvalidInput);
});

test('a parameter is asked for when its expression holds for the earlier ones', async () => {
  const parameters: Parameter[] = [
    { name: 'mode', type: 'choice', options: list, isRequired: true },
    { name: 'detail', type: 'text', isRequired: true, visibleExpression: 'inputs.mode == "b"' },
  ];
  expect(await resolve(parameters, { mode: 'a' })).toEqual({ mode: 'a', detail: null });
  expect(await resolve(parameters, { mode: 'b', detail: 'x' })).toEqual({ mode: 'b', detail: 'x' });
  await expect(resolve(parameters, { mode: 'b' })).rejects.toMatchObject({ field: 'inputs.detail' });
  await expect(resolve(parameters, { mode: 'a', detail: 'x' })).rejects.toMatchObject({ field: 'inputs.detail' });
});

test('a secret cannot be printed, is kept sealed, and opens for its own execution only', async () => {
  const vault = createVault({ rootKey: createRootKey() });
  const parameters: Parameter[] = [
    { name: 'token', type: 'secret' },
    { name: 'count', type: 'integer' },
  ];
  const executionId = randomUUID();
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme', minLength: 8 }), async (value) => {
      fc.pre(value.isWellFormed() && !value.includes('\0'));
      const inputs = await resolve(parameters, { token: value, count: 2 });
      expect(inputs['token']).toBeInstanceOf(Secret);
      const kept = sealInputs(inputs, executionId, vault);
      expect(kept.values).toEqual({ count: 2 });
      expect(JSON.stringify(inputs)).toBe('{"token":"[secret]","count":2}');
      const opened = openInputs(JSON.parse(JSON.stringify(kept)), executionId, vault);
      expect(revealAll(opened)).toEqual({ token: value, count: 2 });
      expect(() => openInputs(kept, randomUUID(), vault)).toThrow();
      expect(() =>
        openInputs({ values: {}, sealed: { other: kept.sealed['token'] ?? '' } }, executionId, vault),
      ).toThrow();
    }),
    { numRuns: 30 },
  );
});
