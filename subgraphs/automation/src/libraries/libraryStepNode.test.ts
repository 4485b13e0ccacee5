import { courseOf, createWorkflowWorld, sequence } from '../testing/workflowWorld.ts';
import type { WorkflowWorld } from '../testing/workflowWorld.ts';
import type { WorkflowNode } from '../workflows/definition.ts';

let world: WorkflowWorld;
beforeAll(async () => {
  world = await createWorkflowWorld();
  void world.startExecutor();
});
afterAll(() => world.close());

const step = (id: string, name: string, parameters: Record<string, unknown>, version = '1.0.0'): WorkflowNode => ({
  id,
  kind: 'libraryStep',
  library: 'linux',
  version,
  step: name,
  parameters,
  outputs: [{ name: 'sha256', type: 'text', from: { parse: 'keyValue', key: 'sha256' } }],
});

test('a node runs a step of a library, with values of expressions as parameters, and gives its outputs', async () => {
  const path = '/etc/hostname';
  const id = await world.startWorkflow(
    sequence(
      step('sum', 'file-checksum', { path: '${{ inputs.path }}' }),
      step('again', 'file-checksum', { path, expected: '${{ steps.sum.outputs.sha256 }}' }),
    ),
    { inputs: { path }, targetIds: [world.addHost('library')] },
  );
  const execution = await world.ended(id);
  expect(execution).toMatchObject({ status: 'SUCCEEDED' });
  expect(courseOf(execution)).toEqual({ sum: 'SUCCEEDED', again: 'SUCCEEDED' });
});

test.each<[string, WorkflowNode, string]>([
  ['a parameter that does not fit', step('bad', 'file-checksum', { path: 'relative' }), '/path must match'],
  ['a step that is not there', step('bad', 'no-such-step', {}), 'There is no step no-such-step'],
  ['a version that is not there', step('bad', 'file-checksum', { path: '/x' }, '9.9.9'), 'version 9.9.9'],
])('%s fails the task with a sentence, and nothing is run', async (_what, node, reason) => {
  const id = await world.startWorkflow(sequence(node), { targetIds: [world.addHost('bad')] });
  const { status, tasks } = await world.ended(id);
  expect(status).toBe('FAILED');
  expect(tasks.nodes[0]).toMatchObject({ status: 'FAILED', output: '', reason: expect.stringContaining(reason) });
});
