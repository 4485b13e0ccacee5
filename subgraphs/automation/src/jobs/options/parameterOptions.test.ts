import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { anonymous } from '@opsconductor/authz';
import { createWorld, viewerWith } from '../../testing/world.ts';
import type { AutomationWorld, TestData } from '../../testing/world.ts';

let world: AutomationWorld;
let server: Server;
let port: number;
const asked: string[] = [];
const bodies: Record<string, string> = {
  '/plain': '["a", "b", 3]',
  '/labelled': '[{"value": "a", "label": "The first"}, {"value": "b"}]',
  '/object': '{"a": 1}',
  '/html': '<html>',
  '/wrong': '[{"name": "a"}]',
  '/long': JSON.stringify(Array.from({ length: 1_001 }, (_, index) => index)),
};
beforeAll(async () => {
  world = await createWorld();
  server = createServer((request, response) => {
    const { url = '' } = request;
    asked.push(url);
    response.statusCode = bodies[url] === undefined && !url.startsWith('/of/') ? 404 : 200;
    response.end(bodies[url] ?? JSON.stringify([url]));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
});
afterAll(async () => {
  await world.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const admin = viewerWith();
let names = 0;
async function givenJob(parameters: object[]): Promise<string> {
  const definition = { parameters, workflow: { nodes: [{ id: 'begin', kind: 'start' }], edges: [] } };
  const document =
    'mutation ($input: CreateJobInput!) { createJob(input: $input) { ... on JobSaved { job { id } } ... on JobInvalid { problems { field message } } } }';
  const { data } = await world.execute(admin, document, { input: { name: `j${(names += 1)}`, definition } });
  if (!data.createJob.job) throw new Error(JSON.stringify(data.createJob));
  return data.createJob.job.id as string;
}

async function optionsOf(jobId: string, inputs?: object, parameter = 'x'): Promise<TestData> {
  const document =
    'query ($jobId: ID!, $parameter: String!, $inputs: JSON) { parameterOptions(jobId: $jobId, parameter: $parameter, inputs: $inputs) { options { value label } problem } }';
  const { data, errors } = await world.execute(admin, document, { jobId, parameter, inputs });
  if (errors) throw new Error(errors[0]?.message);
  return data.parameterOptions;
}
const fromUrl = (path: string) => ({
  name: 'x',
  type: 'choice',
  options: { from: 'url', url: `http://127.0.0.1:${port}${path}` },
});

test('options are those that the job says, or that the address answers with', async () => {
  const list = await givenJob([
    { name: 'x', type: 'choice', options: { from: 'list', values: [{ value: 'a', label: 'A' }] } },
  ]);
  expect(await optionsOf(list)).toEqual({ options: [{ value: 'a', label: 'A' }], problem: null });
  expect(await optionsOf(await givenJob([fromUrl('/plain')]))).toMatchObject({
    options: [{ value: 'a' }, { value: 'b' }, { value: '3' }],
  });
  expect((await optionsOf(await givenJob([fromUrl('/labelled')]))).options).toEqual([
    { value: 'a', label: 'The first' },
    { value: 'b', label: null },
  ]);
});

test.each(['/object', '/html', '/wrong', '/long', '/missing'])(
  'what is no list of options is told as a problem: %s',
  async (path) => {
    const { options, problem } = await optionsOf(await givenJob([fromUrl(path)]));
    expect(options).toEqual([]);
    expect(problem).toMatch(/\.$/);
  },
);

test('options depend on what is filled in, which stays data in the address', async () => {
  const id = await givenJob([
    { name: 'region', type: 'text', isRequired: true, maxLength: 30 },
    { name: 'token', type: 'secret' },
    fromUrl('/of/${{ inputs.region }}/${{ inputs.token == null ? "none" : "some" }}'),
  ]);
  await optionsOf(id, { region: '../../admin?x=1#y', token: 'hunter2-hunter2' });
  expect(asked.at(-1)).toBe('/of/..%2F..%2Fadmin%3Fx%3D1%23y/none');
  await optionsOf(id, { region: '@evil.test/' });
  expect(asked.at(-1)).toBe('/of/%40evil.test%2F/none');
  // Not a value that the parameter takes: it counts as not filled in.
  await optionsOf(id, { region: 'x'.repeat(31) });
  expect(asked.at(-1)).toBe('/of//none');
});

test('an address inside of the platform is not asked', async () => {
  const id = await givenJob([
    { name: 'x', type: 'choice', options: { from: 'url', url: 'http://169.254.169.254/latest' } },
  ]);
  expect((await optionsOf(id)).problem).toContain('not connected to');
});

test('options come from the newest execution of another job that succeeded, unless they are secret', async () => {
  const source = await givenJob([]);
  const options = { from: 'execution', jobId: source, node: 'list', output: 'names' };
  const id = await givenJob([{ name: 'x', type: 'choice', options }]);
  expect((await optionsOf(id)).problem).toContain('No execution');
  const execute = async (status: 'SUCCEEDED' | 'FAILED', values: object, isSecret = false) => {
    const outputs = [{ name: 'names', type: 'list', from: { parse: 'json' }, isSecret }];
    await world.prisma.execution.create({
      data: {
        kind: 'JOB',
        status,
        jobId: source,
        timeoutSeconds: 1,
        startedById: randomUUID(),
        requestId: 'test',
        inputHash: '',
        definition: {
          parameters: [],
          workflow: { nodes: [{ id: 'list', kind: 'command', command: 'x', outputs }], edges: [] },
        },
        steps: {
          create: { nodeId: 'list', key: 'list', kind: 'command', status: 'SUCCEEDED', outputs: { values } as never },
        },
      },
    });
  };
  await execute('SUCCEEDED', { names: ['old'] });
  await execute('SUCCEEDED', { names: ['new'] });
  await execute('FAILED', { names: ['failed'] });
  expect((await optionsOf(id)).options).toEqual([{ value: 'new', label: null }]);
  await execute('SUCCEEDED', {});
  expect((await optionsOf(id)).problem).toContain('gave no names');
  await execute('SUCCEEDED', { names: ['hidden'] }, true);
  expect(await optionsOf(id)).toMatchObject({ options: [], problem: expect.stringContaining('secret') });
});

test('what does not exist has no options, and job:read is needed', async () => {
  expect(await optionsOf(randomUUID())).toBeNull();
  expect(await optionsOf(await givenJob([{ name: 'x', type: 'text' }]))).toBeNull();
  const document = '{ parameterOptions(jobId: "x", parameter: "y") { problem } }';
  const codes = async (viewer: Parameters<AutomationWorld['execute']>[0]) =>
    (await world.execute(viewer, document)).errors?.map(({ extensions }) => extensions.code) ?? [];
  expect(await codes(anonymous)).toEqual(['UNAUTHENTICATED']);
  expect(await codes(viewerWith('audit:read'))).toEqual(['FORBIDDEN']);
  expect(await codes(viewerWith('job:read'))).toEqual([]);
});
