import fc from 'fast-check';
import type { Edge, JobDefinition, NodeKind, Workflow, WorkflowNode } from '../definition.ts';
import { createExpressions } from '../expressions/index.ts';
import type { Expressions } from '../expressions/index.ts';
import { validateDefinition } from './index.ts';

let expressions: Expressions;
beforeAll(() => {
  expressions = createExpressions();
});
afterAll(() => expressions.close());

const start = { id: 'begin', kind: 'start' } as const;
const command = (id: string, change: object = {}) =>
  ({ id, kind: 'command', command: 'true', ...change }) as WorkflowNode;
const edge = (from: string, to: string, change: Partial<Edge> = {}): Edge => ({ from, to, on: 'success', ...change });
/** Nodes one after the other, behind a start. */
const inLine = (...nodes: WorkflowNode[]): Workflow => ({
  nodes: [start, ...nodes],
  edges: nodes.map(({ id }, index) => edge(nodes[index - 1]?.id ?? 'begin', id)),
});
const job = (workflow: Workflow, change: Partial<JobDefinition> = {}): JobDefinition => ({
  parameters: [],
  workflow,
  ...change,
});

/** Problems as `code node field`. */
async function problemsIn(json: unknown): Promise<string[]> {
  const { problems } = await validateDefinition(json, expressions);
  return problems.map(({ code, node, field }) => `${code} ${node ?? '-'} ${field}`);
}

test('a definition with everything in it has no problems', async () => {
  const loop: WorkflowNode = {
    id: 'each',
    kind: 'forEach',
    itemsExpression: 'steps.list.outputs.names',
    body: {
      nodes: [
        command('visit', { command: 'echo ${{ item.name }} ${{ index }} ${{ inputs.count + 1 }} ${{ target.name }}' }),
      ],
      edges: [],
    },
  };
  const definition = job(
    {
      nodes: [
        start,
        command('list', {
          outputs: [
            { name: 'names', type: 'list', from: { parse: 'json' } },
            { name: 'code', type: 'integer', from: { parse: 'exitCode' } },
          ],
          retry: { limit: 2, delaySeconds: 1, backoffFactor: 2, maxDelaySeconds: 10 },
          onFailure: 'tell',
          compensateWith: 'undo',
        }),
        command('tell', { command: 'logger ${{ steps.list.status }}' }),
        command('undo', { command: 'rm -f ${{ steps.list.outputs.names[0] }}' }),
        { id: 'compute', kind: 'transform', outputExpressions: { double: 'inputs.count * 2' } },
        { id: 'keep', kind: 'setVariables', variableExpressions: { limit: 'steps.compute.outputs.double + 1' } },
        {
          id: 'ask',
          kind: 'approval',
          message: 'Go on with ${{ vars.limit }}?',
          form: [{ name: 'reason', type: 'text', isRequired: true }],
        },
        { id: 'which', kind: 'switch', valueExpression: 'steps.ask.outputs.reason', cases: ['a', 'b'] },
        loop,
        {
          id: 'wait_for_it',
          kind: 'waitUntil',
          conditionExpression: 'steps.probe.outputs.up',
          everySeconds: 5,
          node: 'probe',
        },
        command('probe', { outputs: [{ name: 'up', type: 'boolean', from: { parse: 'stdout' } }] }),
        { id: 'stop', kind: 'end' },
      ],
      edges: [
        edge('begin', 'list'),
        edge('list', 'compute'),
        edge('compute', 'keep'),
        edge('keep', 'ask', { on: 'expression', whenExpression: 'vars.limit > 3' }),
        edge('ask', 'which', { branch: 'approved' }),
        edge('which', 'each', { branch: 'a' }),
        edge('which', 'wait_for_it', { branch: 'default' }),
        edge('each', 'stop'),
        edge('wait_for_it', 'stop', { on: 'always' }),
      ],
    },
    { parameters: [{ name: 'count', type: 'integer', default: 3, minimum: 1 }] },
  );
  expect(await problemsIn(definition)).toEqual([]);
});

test.each<[string, unknown, string[]]>([
  ['nothing', {}, ['SHAPE - parameters', 'SHAPE - workflow']],
  ['no object', [], ['SHAPE - ']],
  ['an unknown kind', job(inLine({ id: 'a', kind: 'fly' } as never)), ['SHAPE a kind']],
  ['an unknown field', job(inLine(command('a', { comand: 'x' }))), ['SHAPE a ']],
  ['a name that is none', job(inLine(command('Hello'))), ['SHAPE Hello id', 'SHAPE - workflow.edges.0.to']],
  ['a word of CEL', job(inLine(command('in'))), ['SHAPE in id', 'SHAPE - workflow.edges.0.to']],
  ['too many retries', job(inLine(command('a', { retry: { limit: 21, delaySeconds: 1 } }))), ['SHAPE a retry.limit']],
  ['NUL in a text', job(inLine(command('a', { command: 'a\0' }))), ['SHAPE - ']],
  ['half a character', job(inLine(command('a', { command: '\ud800' }))), ['SHAPE - ']],
  [
    'a megabyte',
    job(
      inLine(
        ...Array.from(
          { length: 9 },
          (_, index) => ({ id: `s${index}`, kind: 'script', interpreter: 'sh', script: 'x'.repeat(200_000) }) as const,
        ),
      ),
    ),
    ['SHAPE - '],
  ],
  ['a bad percentage', job(inLine(command('a', { fanOut: { batches: ['110%'] } }))), ['SHAPE a fanOut.batches.0']],
])('the shape is refused: %s', async (_, json, problems) => {
  expect(await problemsIn(json)).toEqual(problems);
});

test('loops four deep, and more nodes than a job may have, are refused', async () => {
  const nest = (depth: number): WorkflowNode[] =>
    depth === 0
      ? [command(`c${depth}`)]
      : [{ id: `l${depth}`, kind: 'forEach', itemsExpression: '[1]', body: { nodes: nest(depth - 1), edges: [] } }];
  expect(await problemsIn(job(inLine(...nest(3))))).toEqual([]);
  expect(await problemsIn(job(inLine(...nest(4))))).toEqual(['SHAPE - workflow']);
  const many = Array.from({ length: 260 }, (_, index) => command(`n${index}`));
  const [first, second] = ['a', 'b'].map(
    (id) => ({ id, kind: 'forEach', itemsExpression: '[1]', body: { nodes: many, edges: [] } }) as const,
  );
  expect(await problemsIn(job({ nodes: [start, first, second] as never, edges: [] }))).toEqual([
    'SHAPE - workflow.nodes',
  ]);
  let deep: unknown = {};
  for (let depth = 0; depth < 20_000; depth += 1) deep = { parameters: [], workflow: { nodes: [{ body: deep }] } };
  expect(await problemsIn(deep)).toEqual(['SHAPE - ']);
});

test.each<[string, Workflow, string[]]>([
  ['no start', { nodes: [command('a')], edges: [] }, ['MISSING_START - workflow.nodes']],
  ['two starts', { nodes: [start, { id: 'other', kind: 'start' }], edges: [] }, ['DUPLICATE other kind']],
  [
    'two nodes of one name',
    { nodes: [start, command('a'), command('a')], edges: [edge('begin', 'a')] },
    ['DUPLICATE a id'],
  ],
  ['an edge to nowhere', { nodes: [start], edges: [edge('begin', 'x')] }, ['NODE - workflow.edges.0.to']],
  [
    'an edge from nowhere',
    { nodes: [start], edges: [edge('x', 'begin')] },
    ['NODE - workflow.edges.0.from', 'EDGE - workflow.edges.0.to'],
  ],
  [
    'the same edge twice',
    { nodes: [start, command('a')], edges: [edge('begin', 'a'), edge('begin', 'a')] },
    ['DUPLICATE - workflow.edges.1'],
  ],
  ['a node on no way', { nodes: [start, command('a')], edges: [] }, ['UNREACHABLE a id']],
  [
    'a circle',
    { nodes: [start, command('a'), command('b')], edges: [edge('begin', 'a'), edge('a', 'b'), edge('b', 'a')] },
    ['CYCLE a id'],
  ],
  [
    'a node behind itself',
    { nodes: [start, command('a')], edges: [edge('begin', 'a'), edge('a', 'a')] },
    ['CYCLE a id'],
  ],
  [
    'a way on from the end',
    { nodes: [start, { id: 'stop', kind: 'end' }, command('a')], edges: [edge('begin', 'stop'), edge('stop', 'a')] },
    ['EDGE - workflow.edges.1.from'],
  ],
  ['an edge on an expression without one', inEdge({ on: 'expression' }), ['EDGE - workflow.edges.0.whenExpression']],
  [
    'an edge on success with an expression',
    inEdge({ whenExpression: 'true' }),
    ['EDGE - workflow.edges.0.whenExpression'],
  ],
  ['a branch of a node that has none', inEdge({ branch: 'x' }), ['BRANCH - workflow.edges.0.branch']],
  [
    'a branch that a switch has not',
    {
      nodes: [start, { id: 'which', kind: 'switch', valueExpression: '"a"', cases: ['a'] }, command('a')],
      edges: [edge('begin', 'which'), edge('which', 'a', { branch: 'b' })],
    },
    ['BRANCH - workflow.edges.1.branch'],
  ],
  [
    'a case that is there twice, and default',
    inLine({ id: 'a', kind: 'switch', valueExpression: '"a"', cases: ['x', 'x', 'default'] }),
    ['DUPLICATE a cases.1', 'CONFLICT a cases'],
  ],
  ['a handler that is not there', inLine(command('a', { onFailure: 'x' })), ['NODE a onFailure']],
  ['a handler on the way', inLine(command('a', { compensateWith: 'b' }), command('b')), ['NODE a compensateWith']],
  ['a node that handles itself', inLine(command('a', { onFailure: 'a' })), ['NODE a onFailure']],
  [
    'a handler that does nothing',
    { nodes: [start, command('a', { onFailure: 'j' }), { id: 'j', kind: 'join' }], edges: [edge('begin', 'a')] },
    ['NODE a onFailure'],
  ],
  [
    'a handler with a handler',
    {
      nodes: [start, command('a', { onFailure: 'b' }), command('b', { onFailure: 'c' }), command('c')],
      edges: [edge('begin', 'a')],
    },
    ['NODE b onFailure'],
  ],
  ['a join that waits for more than there are', inLine({ id: 'a', kind: 'join', needs: 2 }), ['CONFLICT a needs']],
  [
    'a longest delay below the first',
    inLine(command('a', { retry: { limit: 1, delaySeconds: 9, maxDelaySeconds: 3 } })),
    ['CONFLICT a retry.maxDelaySeconds'],
  ],
  [
    'an empty body',
    inLine({ id: 'a', kind: 'forEach', itemsExpression: '[1]', body: { nodes: [], edges: [] } }),
    ['SHAPE a body.nodes'],
  ],
  [
    'a circle in a body',
    inLine({
      id: 'a',
      kind: 'forEach',
      itemsExpression: '[1]',
      body: { nodes: [command('x'), command('y')], edges: [edge('x', 'y'), edge('y', 'x')] },
    }),
    ['CYCLE x id', 'UNREACHABLE x id', 'UNREACHABLE y id'],
  ],
  [
    'a node of a body that is called as one outside',
    inLine(command('b'), {
      id: 'a',
      kind: 'forEach',
      itemsExpression: '[1]',
      body: { nodes: [command('b')], edges: [] },
    }),
    ['DUPLICATE b id'],
  ],
])('the structure is refused: %s', async (_, workflow, problems) => {
  expect(await problemsIn(job(workflow))).toEqual(problems);
});

function inEdge(change: Partial<Edge>): Workflow {
  return { nodes: [start, command('a')], edges: [edge('begin', 'a', change)] };
}

test.each<[string, Workflow, string[]]>([
  [
    'an input that is none',
    inLine(command('a', { command: 'echo ${{ inputs.nope }}' })),
    ['EXPRESSION_UNDEFINED a command'],
  ],
  [
    'a step that is none',
    inLine(command('a', { environment: { X: '${{ steps.nope.status }}' } })),
    ['EXPRESSION_UNDEFINED a environment.X'],
  ],
  [
    'a step that runs later',
    inLine(command('a', { command: '${{ steps.b.status }}' }), command('b')),
    ['EXPRESSION_UNDEFINED a command'],
  ],
  ['itself', inLine(command('a', { command: '${{ steps.a.status }}' })), ['EXPRESSION_UNDEFINED a command']],
  [
    'an output that is not declared',
    inLine(command('a'), command('b', { command: '${{ steps.a.outputs.x }}' })),
    ['EXPRESSION_UNDEFINED b command'],
  ],
  [
    'a variable that is set later',
    inLine(command('a', { command: '${{ vars.x }}' }), {
      id: 'v',
      kind: 'setVariables',
      variableExpressions: { x: '1' },
    }),
    ['EXPRESSION_UNDEFINED a command'],
  ],
  [
    'a target where there is none',
    inLine({ id: 'a', kind: 'condition', conditionExpression: 'target.name == "x"' }),
    ['EXPRESSION_UNDEFINED a conditionExpression'],
  ],
  ['an item outside of a loop', inLine(command('a', { command: '${{ item }}' })), ['EXPRESSION_UNDEFINED a command']],
  [
    'a step inside of a loop, from outside',
    inLine(
      { id: 'l', kind: 'forEach', itemsExpression: '[1]', body: { nodes: [command('x')], edges: [] } },
      command('a', { command: '${{ steps.x.status }}' }),
    ),
    ['EXPRESSION_UNDEFINED a command'],
  ],
  [
    'a condition that is a number',
    inLine({ id: 'a', kind: 'condition', conditionExpression: '1 + 1' }),
    ['EXPRESSION_TYPE a conditionExpression'],
  ],
  [
    'items that are a text',
    inLine({ id: 'l', kind: 'forEach', itemsExpression: '"abc"', body: { nodes: [command('x')], edges: [] } }),
    ['EXPRESSION_TYPE l itemsExpression'],
  ],
  [
    'a sum of a text and a number',
    inLine(
      command('a', { outputs: [{ name: 'n', type: 'text', from: { parse: 'stdout' } }] }),
      command('b', { command: 'x ${{ steps.a.outputs.n + 1 }}' }),
    ),
    ['EXPRESSION_TYPE b command'],
  ],
  [
    'what a transform computes',
    inLine(
      { id: 't', kind: 'transform', outputExpressions: { x: '1' } },
      { id: 'a', kind: 'condition', conditionExpression: 'steps.t.outputs.x' },
    ),
    ['EXPRESSION_TYPE a conditionExpression'],
  ],
  [
    'an edge on a text',
    { nodes: [start, command('a')], edges: [edge('begin', 'a', { on: 'expression', whenExpression: '"x"' })] },
    ['EXPRESSION_TYPE - workflow.edges.0.whenExpression'],
  ],
  ['a template that does not end', inLine(command('a', { command: 'x ${{ 1' })), ['EXPRESSION_SYNTAX a command']],
  [
    'a bomb',
    inLine({ id: 'a', kind: 'condition', conditionExpression: '[1].all(x, [1].all(y, true))' }),
    ['EXPRESSION_FORBIDDEN a conditionExpression'],
  ],
  [
    'a parameter of a library step',
    inLine({
      id: 'a',
      kind: 'libraryStep',
      library: 'l',
      version: '1',
      step: 's',
      parameters: { deep: [{ x: '${{ nope }}' }] },
    }),
    ['EXPRESSION_UNDEFINED a parameters.deep.0.x'],
  ],
])('an expression is refused: %s', async (_, workflow, problems) => {
  expect(await problemsIn(job(workflow))).toEqual(problems);
});

test('problems of expressions tell the place in the text', async () => {
  const { problems } = await validateDefinition(
    job(inLine(command('a', { command: 'echo ${{ inputs.nope }}' }))),
    expressions,
  );
  expect(problems).toEqual([
    {
      code: 'EXPRESSION_UNDEFINED',
      node: 'a',
      field: 'command',
      message: 'inputs.nope does not exist here.',
      start: 16,
      end: 20,
    },
  ]);
});

test('secrets are refused where their value would be shown or kept', async () => {
  const parameters = [{ name: 'token', type: 'secret', isRequired: true }] as const;
  const shown = (node: WorkflowNode, from: WorkflowNode[] = []) =>
    problemsIn(job(inLine(...from, node), { parameters }));
  const asked = { id: 'n', kind: 'approval', message: '' } as const;
  expect(await shown({ ...asked, message: '${{ inputs.token }}' })).toEqual(['SECRET_SHOWN n message']);
  expect(await shown({ ...asked, message: '${{ toJson(inputs) }}' })).toEqual(['SECRET_SHOWN n message']);
  expect(await shown({ id: 'v', kind: 'setVariables', variableExpressions: { x: 'inputs.token + "x"' } })).toEqual([
    'SECRET_SHOWN v variableExpressions.x',
  ]);
  const output = { name: 'key', type: 'text', from: { parse: 'stdout' }, isSecret: true } as const;
  const from = [command('a', { outputs: [output] })];
  const kept = 'UNSUPPORTED a outputs.0.isSecret';
  expect(await shown({ ...asked, message: '${{ steps.a.outputs.key }}' }, from)).toEqual([
    'SECRET_SHOWN n message',
    kept,
  ]);
  expect(await shown({ ...asked, message: '${{ toJson(steps) }}' }, from)).toEqual(['SECRET_SHOWN n message', kept]);
  expect(await shown({ ...asked, message: '${{ steps.a.status }}' }, from)).toEqual([kept]);
  expect(await shown(command('b', { command: 'x ${{ inputs.token }}' }))).toEqual([]);
});

test.each<[string, object, string[]]>([
  ['a bound of another type', { type: 'text', minimum: 1 }, ['CONFLICT - parameters.0.minimum']],
  ['bounds that cross', { type: 'integer', minimum: 3, maximum: 2 }, ['CONFLICT - parameters.0.minimum']],
  ['a pattern that is none', { type: 'text', pattern: '(' }, ['PATTERN - parameters.0.pattern']],
  ['a choice without options', { type: 'choice' }, ['CONFLICT - parameters.0.options']],
  [
    'options that are there twice',
    { type: 'choice', options: { from: 'list', values: [{ value: 'a' }, { value: 'a' }] } },
    ['DUPLICATE - parameters.0.options.values.1.value'],
  ],
  ['a secret with a default', { type: 'secret', default: 'x' }, ['CONFLICT - parameters.0.default']],
  ['a default of another type', { type: 'integer', default: '1' }, ['CONFLICT - parameters.0.default']],
  ['a default out of bounds', { type: 'integer', default: 1, minimum: 2 }, ['CONFLICT - parameters.0.default']],
  [
    'a default that is no option',
    { type: 'choice', default: 'b', options: { from: 'list', values: [{ value: 'a' }] } },
    ['CONFLICT - parameters.0.default'],
  ],
  ['a day that is not in the calendar', { type: 'date', default: '2026-02-30' }, ['CONFLICT - parameters.0.default']],
  [
    'one that depends on itself',
    { type: 'text', visibleExpression: 'inputs.p == "x"' },
    ['EXPRESSION_UNDEFINED - parameters.0.visibleExpression'],
  ],
  [
    'options that depend on nothing',
    { type: 'choice', options: { from: 'url', url: 'https://x/${{ inputs.q }}' } },
    ['EXPRESSION_UNDEFINED - parameters.0.options.url'],
  ],
])('a parameter is refused: %s', async (_, parameter, problems) => {
  expect(await problemsIn(job(inLine(), { parameters: [{ name: 'p', ...parameter }] as never }))).toEqual(problems);
});

test('outputs are refused where there is nothing to read, and where their source is wrong', async () => {
  const outputs = (from: object, type = 'text') =>
    problemsIn(job(inLine(command('a', { outputs: [{ name: 'x', type, from }] }))));
  expect(await outputs({ parse: 'regex', pattern: '(' })).toEqual(['PATTERN a outputs.0.from.pattern']);
  expect(await outputs({ parse: 'regex', pattern: 'a', group: 1 })).toEqual(['PATTERN a outputs.0.from.group']);
  expect(await outputs({ parse: 'json', path: 'a..b' })).toEqual(['PATTERN a outputs.0.from.path']);
  expect(await outputs({ parse: 'exitCode' })).toEqual(['EXPRESSION_TYPE a outputs.0.type']);
  const wait = {
    id: 'w',
    kind: 'wait',
    secondsExpression: '1',
    outputs: [{ name: 'x', type: 'text', from: { parse: 'stdout' } }],
  } as const;
  expect(await problemsIn(job(inLine(wait)))).toEqual(['CONFLICT w outputs']);
});

test('filters that are none are refused, wherever they are', async () => {
  const inNode = inLine(command('a', { fanOut: { filter: 'label:' } }));
  const parameters = [{ name: 'where', type: 'targetFilter', default: 'or or' }] as const;
  expect(await problemsIn(job(inNode, { parameters, targetFilter: 'a and (' }))).toEqual([
    'FILTER - targetFilter',
    'CONFLICT - parameters.0.default',
    'FILTER a fanOut.filter',
    'UNSUPPORTED a fanOut.filter',
  ]);
});

test('what no engine acts on yet is refused, and not ignored', async () => {
  const upload = { id: 'b', kind: 'upload', artifact: 'x', path: '/tmp/x' } as const;
  const told = { id: 'c', kind: 'notification', channel: 'ops', subject: 's', body: '' } as const;
  const policies = { retries: 1, retention: { days: 1 }, notifications: [{ on: 'failed', channel: 'ops' }] } as const;
  expect(await problemsIn(job(inLine(command('a', { guard: true }), upload, told), { policies }))).toEqual([
    'UNSUPPORTED - policies.retries',
    'UNSUPPORTED - policies.notifications',
    'UNSUPPORTED - policies.retention',
    'UNSUPPORTED a guard',
    'UNSUPPORTED b kind',
    'UNSUPPORTED c kind',
  ]);
});

test('any JSON gets problems or is a definition, and is never a fault', async () => {
  const kinds: NodeKind[] = ['start', 'command', 'condition', 'join', 'forEach', 'switch', 'end'];
  const node = fc.record(
    {
      id: fc.constantFrom('a', 'b', 'c', 'd'),
      kind: fc.constantFrom(...kinds),
      command: fc.constantFrom('x', '${{ steps.a.status }}'),
      onFailure: fc.constantFrom('a', 'b'),
    },
    { requiredKeys: ['id', 'kind'] },
  );
  const anyEdge = fc.record({
    from: fc.constantFrom('a', 'b', 'c'),
    to: fc.constantFrom('a', 'b', 'c', 'd'),
    on: fc.constant('success'),
  });
  const near = fc.record({
    parameters: fc.constant([]),
    workflow: fc.record({ nodes: fc.array(node), edges: fc.array(anyEdge) }),
  });
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.jsonValue(), near), async (json) => {
      const { definition, problems } = await validateDefinition(json, expressions);
      expect(definition !== undefined || problems.length > 0).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test('500 nodes that read each other are checked in a few seconds', async () => {
  const nodes = Array.from({ length: 499 }, (_, index) =>
    command(`n${index}`, {
      command: index === 0 ? 'true' : `echo \${{ steps.n${index - 1}.outputs.x }} \${{ steps.n0.outputs.x + "y" }}`,
      outputs: [{ name: 'x', type: 'text', from: { parse: 'stdout' } }],
    }),
  );
  const began = performance.now();
  expect(await problemsIn(job(inLine(...nodes)))).toEqual([]);
  expect(performance.now() - began).toBeLessThan(10_000);
});
