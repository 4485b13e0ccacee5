import type { JobDefinition } from './definition.ts';
import { knowingTypesOf } from './declaredTypes.ts';
import { createExpressions } from './expressions/index.ts';

test('what is declared to be a number is divided like one, wherever it comes from', async () => {
  const expressions = createExpressions();
  const definition: JobDefinition = {
    parameters: [
      { name: 'ratio', type: 'number' },
      { name: 'count', type: 'integer' },
    ],
    workflow: {
      nodes: [
        { id: 'begin', kind: 'start' },
        {
          id: 'load',
          kind: 'command',
          command: 'x',
          outputs: [{ name: 'average', type: 'number', from: { parse: 'stdout' } }],
        },
        { id: 'ask', kind: 'approval', message: 'x', form: [{ name: 'share', type: 'number' }] },
      ],
      edges: [],
    },
  };
  const { evaluate, fill } = knowingTypesOf(definition, expressions);
  const scope = {
    inputs: { ratio: 3, count: 3 },
    steps: { load: { outputs: { average: 3 }, status: 'SUCCEEDED' }, ask: { outputs: { share: 1 } } },
  };
  expect(await evaluate('inputs.ratio / 2.0', scope)).toBe(1.5);
  expect(await evaluate('inputs.count / 2', scope)).toBe(1);
  expect(await evaluate('steps.load.outputs.average / 2.0 + steps.ask.outputs.share', scope)).toBe(2.5);
  expect(await fill('${{ steps.load.outputs.average / 2.0 }}', scope)).toEqual([{ kind: 'value', text: '1.5' }]);
  expect(await evaluate('inputs.ratio', { inputs: { ratio: null } })).toBeNull();
  await expect(evaluate('inputs.count / 2.0', scope)).rejects.toMatchObject({ code: 'TYPE' });
  await expressions.close();
});
