import { courseOf, createWorkflowWorld, sequence } from '../testing/workflowWorld.ts';
import type { WorkflowWorld } from '../testing/workflowWorld.ts';
import type { TestData } from '../testing/world.ts';
import type { Edge, WorkflowNode } from '../workflows/definition.ts';

let world: WorkflowWorld;

beforeAll(async () => {
  world = await createWorkflowWorld();
  await world.startExecutor();
});
afterAll(() => world.close());

const edge = (from: string, to: string, more: Partial<Edge> = {}): Edge => ({ from, to, on: 'success', ...more });
const set = (id: string, values: Record<string, string>): WorkflowNode => ({
  id,
  kind: 'setVariables',
  variableExpressions: values,
});
const run = (id: string, command: string, more: Partial<WorkflowNode> = {}): WorkflowNode =>
  ({ id, kind: 'command', command, ...more }) as WorkflowNode;
const outputOf = ({ tasks }: TestData, nodeId: string): string[] =>
  tasks.nodes.filter(({ step }: TestData) => step.nodeId === nodeId).map(({ output }: TestData) => output as string);

describe('nodes that need nobody outside', () => {
  test('start, setVariables, transform, assert and end follow each other', async () => {
    const id = await world.startWorkflow(
      sequence(
        { id: 'begin', kind: 'start' },
        set('one', { total: 'inputs.a + 2' }),
        { id: 'double', kind: 'transform', outputExpressions: { twice: 'vars.total * 2' } },
        { id: 'check', kind: 'assert', conditionExpression: 'steps.double.outputs.twice == 10' },
        { id: 'done', kind: 'end' },
      ),
      { inputs: { a: 3 } },
    );
    const execution = await world.ended(id);
    expect(execution).toMatchObject({ status: 'SUCCEEDED' });
    expect(Object.values(courseOf(execution))).toEqual(Array.from({ length: 5 }, () => 'SUCCEEDED'));
  });

  test('a condition goes one way, and what is behind the other is SKIPPED', async () => {
    const id = await world.startWorkflow({
      nodes: [
        { id: 'ask', kind: 'condition', conditionExpression: '1 < 2' },
        set('yes', { x: '1' }),
        set('no', { x: '2' }),
        set('after_no', { x: '3' }),
        { id: 'together', kind: 'join' },
      ],
      edges: [
        edge('ask', 'yes', { branch: 'true' }),
        edge('ask', 'no', { branch: 'false' }),
        edge('no', 'after_no'),
        edge('yes', 'together'),
        edge('after_no', 'together'),
      ],
    });
    const execution = await world.ended(id);
    expect(courseOf(execution)).toEqual({
      ask: 'SUCCEEDED',
      yes: 'SUCCEEDED',
      no: 'SKIPPED',
      after_no: 'SKIPPED',
      together: 'SUCCEEDED',
    });
  });

  test('a switch goes to the case of its value, or to the default', async () => {
    const workflow = {
      nodes: [
        { id: 'pick', kind: 'switch', valueExpression: 'inputs.color', cases: ['red', 'blue'] },
        set('red', { x: '1' }),
        set('other', { x: '2' }),
      ] as WorkflowNode[],
      edges: [edge('pick', 'red', { branch: 'red' }), edge('pick', 'other', { branch: 'default' })],
    };
    const red = await world.ended(await world.startWorkflow(workflow, { inputs: { color: 'red' } }));
    expect(courseOf(red)).toEqual({ pick: 'SUCCEEDED', red: 'SUCCEEDED', other: 'SKIPPED' });
    const green = await world.ended(await world.startWorkflow(workflow, { inputs: { color: 'green' } }));
    expect(courseOf(green)).toEqual({ pick: 'SUCCEEDED', red: 'SKIPPED', other: 'SUCCEEDED' });
  });

  test('an expression that has no value fails its node, with a reason', async () => {
    const execution = await world.ended(await world.startWorkflow(sequence(set('bad', { x: 'inputs.nothing' }))));
    expect(execution.status).toBe('FAILED');
    expect(execution.steps.nodes[0]).toMatchObject({ status: 'FAILED', reason: expect.stringContaining('character') });
  });

  test('an assertion that does not hold fails with its message', async () => {
    const id = await world.startWorkflow(
      sequence({ id: 'check', kind: 'assert', conditionExpression: '1 == 2', message: 'not ${{ 1 + 1 }}' }),
    );
    expect((await world.ended(id)).steps.nodes[0]).toMatchObject({ status: 'FAILED', reason: 'not 2' });
  });

  test('a wait holds no worker and ends in its time; waitUntil asks again', async () => {
    const id = await world.startWorkflow(
      sequence(
        { id: 'pause', kind: 'wait', secondsExpression: '0.3' },
        {
          id: 'until',
          kind: 'waitUntil',
          conditionExpression: 'timestamp(execution.startedAt) < timestamp("2999-01-01T00:00:00Z")',
          everySeconds: 1,
        },
      ),
    );
    const execution = await world.ended(id);
    expect(courseOf(execution)).toEqual({ pause: 'SUCCEEDED', until: 'SUCCEEDED' });
  });

  test('waitUntil that never comes true ends with the time limit of its node', async () => {
    const id = await world.startWorkflow(
      sequence({ id: 'never', kind: 'waitUntil', conditionExpression: 'false', everySeconds: 1, timeoutSeconds: 1 }),
    );
    expect(courseOf(await world.ended(id))).toEqual({ never: 'TIMED_OUT' });
  });

  test('a join goes on with as many branches as it needs, and says when there are too few', async () => {
    const nodes: WorkflowNode[] = [
      { id: 'fork', kind: 'parallel' },
      set('a', { x: '1' }),
      set('b', { x: '2' }),
      { id: 'slow', kind: 'wait', secondsExpression: '0.5' },
      { id: 'some', kind: 'join', needs: 2 },
      set('after', { x: '3' }),
    ];
    const edges = [
      ...['a', 'b', 'slow'].flatMap((branch) => [edge('fork', branch), edge(branch, 'some')]),
      edge('some', 'after'),
    ];
    const execution = await world.ended(await world.startWorkflow({ nodes, edges }));
    expect(courseOf(execution)).toMatchObject({ some: 'SUCCEEDED', after: 'SUCCEEDED', slow: 'SUCCEEDED' });
    const failing = nodes.map((node) =>
      node.id === 'b' ? { ...set('b', { x: '1 / 0' }), continueOnError: true } : node,
    );
    const starved = failing.map((node) => (node.id === 'some' ? { ...node, needs: 3 } : node)) as WorkflowNode[];
    const lost = await world.ended(await world.startWorkflow({ nodes: starved, edges }));
    expect(courseOf(lost)).toMatchObject({ some: 'FAILED' });
  });

  test('a for-each runs its body once for each item, in order, so many at once', async () => {
    const id = await world.startWorkflow(
      sequence(
        {
          id: 'each',
          kind: 'forEach',
          itemsExpression: '["a", "b", "c"]',
          concurrency: 2,
          body: sequence(
            { id: 'inner', kind: 'transform', outputExpressions: { v: 'item + string(index)' } },
            { id: 'check', kind: 'assert', conditionExpression: 'steps.inner.outputs.v == item + string(index)' },
          ),
        },
        { id: 'after', kind: 'assert', conditionExpression: 'steps.each.outputs.succeeded == 3' },
      ),
    );
    const execution = await world.ended(id);
    expect(execution.status).toBe('SUCCEEDED');
    expect(courseOf(execution)).toMatchObject({ 'each[0]/check': 'SUCCEEDED', 'each[2]/check': 'SUCCEEDED' });
  });

  test('a for-each stops at the first iteration that fails', async () => {
    const each: WorkflowNode = {
      id: 'each',
      kind: 'forEach',
      itemsExpression: '[1, 0, 2]',
      body: sequence(set('divide', { x: '1 / item' })),
    };
    const execution = await world.ended(await world.startWorkflow(sequence(each)));
    expect(execution.status).toBe('FAILED');
    expect(courseOf(execution)).toEqual({
      each: 'FAILED',
      'each[0]/divide': 'SUCCEEDED',
      'each[1]/divide': 'FAILED',
    });
    const tolerant = await world.ended(await world.startWorkflow(sequence({ ...each, continueOnError: true })));
    expect(tolerant.status).toBe('SUCCEEDED');
    expect(courseOf(tolerant)).toMatchObject({ each: 'FAILED', 'each[2]/divide': 'SUCCEEDED' });
  });

  test('a notification is an event of the domain', async () => {
    const id = await world.startWorkflow(
      sequence({ id: 'tell', kind: 'notification', channel: 'ops', subject: 'It is ${{ inputs.x }}', body: 'b' }),
      { inputs: { x: 'up' } },
    );
    expect((await world.ended(id)).status).toBe('SUCCEEDED');
    const jobs = await world.queue.fetch<TestData>('communication.audit', 1_000);
    expect(jobs.map(({ data }) => data)).toContainEqual(
      expect.objectContaining({
        type: 'automation.notification.requested',
        data: expect.objectContaining({ channel: 'ops', title: 'It is up' }),
      }),
    );
  });
});

describe('nodes on targets', () => {
  test('commands follow each other on every target, with what was so on each', async () => {
    const targetIds = ['w1', 'w2'].map((name) => world.addHost(name));
    const id = await world.startWorkflow(
      sequence(
        run('ask', 'echo "name=${{ target.name }}"', {
          outputs: [{ name: 'who', type: 'text', from: { parse: 'keyValue', key: 'name' } }],
        }),
        run('tell', 'echo "I am ${{ steps.ask.outputs.who }} of ${{ inputs.fleet }}"'),
      ),
      { targetIds, inputs: { fleet: 'it\'s "$HOME" `x`' } },
    );
    const execution = await world.ended(id);
    expect(execution.status).toBe('SUCCEEDED');
    expect(outputOf(execution, 'tell').sort()).toEqual([
      'I am w1 of it\'s "$HOME" `x`\n',
      'I am w2 of it\'s "$HOME" `x`\n',
    ]);
  });

  test('scripts run by their interpreter, with arguments, environment and directory', async () => {
    const targetIds = [world.addHost('script')];
    const script = 'import os, sys\nprint(sys.argv[1], os.environ["WHAT"], os.getcwd())';
    const id = await world.startWorkflow(
      sequence({
        id: 'python',
        kind: 'script',
        interpreter: 'python3',
        script,
        arguments: ["${{ 'a b' }}"],
        environment: { WHAT: '${{ inputs.what }}' },
        workingDirectory: '/tmp',
      }),
      { targetIds, inputs: { what: "d'e" } },
    );
    expect(outputOf(await world.ended(id), 'python')).toEqual(["a b d'e /tmp\n"]);
  });

  test('a value in a script of another language is refused, and nothing is run', async () => {
    const targetIds = [world.addHost('refused')];
    const id = await world.startWorkflow(
      sequence({ id: 'bad', kind: 'script', interpreter: 'python3', script: 'print("${{ inputs.x }}")' }),
      { targetIds, inputs: { x: '"); import os' } },
    );
    const execution = await world.ended(id);
    expect(execution.tasks.nodes[0]).toMatchObject({ status: 'FAILED', output: '', exitCode: null });
  });

  test('a failed command is tried again on the targets where it failed, and only there', async () => {
    const targetIds = ['r1', 'r2'].map((name) => world.addHost(name));
    const marker = `/tmp/opsc-retry-${Date.now()}`;
    const command =
      'test "${{ target.name }}" = r1 || { test -e ' + marker + ' || { touch ' + marker + '; exit 3; }; }';
    const id = await world.startWorkflow(sequence(run('flaky', command, { retry: { limit: 2, delaySeconds: 0 } })), {
      targetIds,
    });
    const execution = await world.ended(id);
    expect(execution.status).toBe('SUCCEEDED');
    expect(courseOf(execution)).toEqual({ flaky: 'FAILED', 'flaky#2': 'SUCCEEDED' });
    expect(execution.steps.nodes[1].counts.total).toBe(1);
  });

  test('failure edges, always edges and continueOnError', async () => {
    const targetIds = [world.addHost('edges')];
    const nodes = [
      run('try', 'exit 4'),
      set('made_up', { x: '1' }),
      set('always', { x: '1' }),
      set('never', { x: '1' }),
    ];
    const edges = [
      edge('try', 'made_up', { on: 'failure' }),
      edge('try', 'always', { on: 'always' }),
      edge('try', 'never'),
    ];
    const failed = await world.ended(await world.startWorkflow({ nodes, edges }, { targetIds }));
    expect(failed.status).toBe('FAILED');
    expect(courseOf(failed)).toMatchObject({ made_up: 'SUCCEEDED', always: 'SUCCEEDED', never: 'SKIPPED' });
    const tolerant = nodes.map((node) => (node.id === 'try' ? { ...node, continueOnError: true } : node));
    const succeeded = await world.ended(await world.startWorkflow({ nodes: tolerant, edges }, { targetIds }));
    expect(succeeded.status).toBe('SUCCEEDED');
  });

  test('an edge on an expression, and a failure handler that runs before the failure counts', async () => {
    const targetIds = [world.addHost('handler')];
    const execution = await world.ended(
      await world.startWorkflow(
        {
          nodes: [
            run('try', 'exit 4', { onFailure: 'clean_up', continueOnError: true }),
            run('clean_up', 'echo cleaned'),
            set('four', { x: '1' }),
            set('five', { x: '1' }),
          ],
          edges: [
            edge('try', 'four', { on: 'expression', whenExpression: 'steps.try.exitCode == 4' }),
            edge('try', 'five', { on: 'expression', whenExpression: 'steps.try.exitCode == 5' }),
          ],
        },
        { targetIds },
      ),
    );
    expect(courseOf(execution)).toEqual({
      try: 'FAILED',
      clean_up: 'SUCCEEDED',
      four: 'SUCCEEDED',
      five: 'SKIPPED',
    });
    expect(execution.steps.nodes.map(({ role }: TestData) => role)).toContain('FAILURE_HANDLER');
  });

  test('what was done is undone in reverse order when a later node fails', async () => {
    const targetIds = [world.addHost('saga')];
    const workflow = {
      nodes: [
        run('first', 'true', { compensateWith: 'undo_first' }),
        run('second', 'true', { compensateWith: 'undo_second' }),
        run('third', 'exit 1', { compensateWith: 'undo_third' }),
        run('undo_first', 'true'),
        run('undo_second', 'exit 9'),
        run('undo_third', 'true'),
      ],
      edges: [edge('first', 'second'), edge('second', 'third')],
    };
    const execution = await world.ended(await world.startWorkflow(workflow, { targetIds }));
    expect(execution.status).toBe('FAILED');
    expect(execution.steps.nodes.map(({ nodeId, status }: TestData) => [nodeId, status])).toEqual([
      ['first', 'SUCCEEDED'],
      ['second', 'SUCCEEDED'],
      ['third', 'FAILED'],
      ['undo_second', 'FAILED'],
      ['undo_first', 'SUCCEEDED'],
    ]);
  });
});
