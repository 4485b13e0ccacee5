import { randomUUID } from 'node:crypto';
import { anonymous, permissionsOf } from '@opsconductor/authz';
import type { Permission, UserViewer } from '@opsconductor/authz';
import { createWorld, viewerWith } from '../testing/world.ts';
import type { AutomationWorld, TestData } from '../testing/world.ts';

let world: AutomationWorld;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const admin = viewerWith();
/** Another user than everybody else. */
const someone = (...permissions: Permission[]): UserViewer => ({
  ...(viewerWith(...permissions) as UserViewer),
  userId: randomUUID(),
});
const operator = () => someone(...permissionsOf(['OPERATOR']));

const start = { id: 'begin', kind: 'start' };
const echo = (command: string, change: object = {}) => ({ id: 'run', kind: 'command', command, ...change });
const definitionOf = (...nodes: TestData[]) => ({
  parameters: [],
  workflow: {
    nodes: [start, ...nodes],
    edges: nodes.map(({ id }, index) => ({ from: nodes[index - 1]?.id ?? 'begin', to: id, on: 'success' })),
  },
});
const running = (jobId: string, change: object = {}) => definitionOf({ id: 'sub', kind: 'subJob', jobId, ...change });

const jobFields = 'id name folder { path } revision { number definition hash comment restoredFrom }';
const refusals = /* GraphQL */ `
  ... on Refusal { message }
  ... on InvalidInput { field }
  ... on JobInvalid { problems { code node field position { start end } } }
  ... on JobChanged { job { id revision { number } } }
  ... on JobInUse { jobs { name } }
`;

async function run(document: string, variables: object, viewer = admin): Promise<TestData> {
  const { data, errors } = await world.execute(viewer, document, { ...variables });
  if (errors) throw new Error(errors.map(({ message }) => message).join());
  return data;
}

async function mutate(field: string, type: string, input: object, viewer = admin): Promise<TestData> {
  const known = refusals.replace(/\.\.\. on (\w+)/g, (part, name: string) =>
    unions[field]?.includes(name) ? part : '... on Never',
  );
  const wanted = known.replace(/\.\.\. on Never \{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}/g, '');
  const result = field === 'deleteJob' ? '... on JobDeleted { id }' : `... on JobSaved { job { ${jobFields} } }`;
  const document = `mutation ($input: ${type}!) { ${field}(input: $input) { __typename ${result} ${wanted} } }`;
  return (await run(document, { input }, viewer))[field];
}

/** The refusals with fields of their own that each mutation can answer with. */
const unions: Record<string, string[]> = {
  createJob: ['Refusal', 'InvalidInput', 'JobInvalid'],
  updateJob: ['Refusal', 'InvalidInput', 'JobInvalid', 'JobChanged'],
  restoreRevision: ['Refusal', 'JobInvalid', 'JobChanged'],
  renameJob: ['Refusal', 'InvalidInput'],
  moveJob: ['Refusal'],
  deleteJob: ['Refusal', 'JobInUse'],
};

const create = (input: object, viewer = admin) => mutate('createJob', 'CreateJobInput', input, viewer);
const update = (input: object, viewer = admin) => mutate('updateJob', 'UpdateJobInput', input, viewer);
const remove = (id: string, viewer = admin) => mutate('deleteJob', 'DeleteJobInput', { id }, viewer);
let names = 0;
async function givenJob(change: TestData = {}): Promise<TestData> {
  const answer = await create({ name: `job ${(names += 1)}`, definition: definitionOf(echo('true')), ...change });
  expect(answer.__typename).toBe('JobSaved');
  return answer.job;
}
async function givenFolder(name: string, parentId?: string): Promise<string> {
  const document =
    'mutation ($input: CreateJobFolderInput!) { createJobFolder(input: $input) { ... on JobFolderSaved { folder { id } } } }';
  return (await run(document, { input: { name, parentId } })).createJobFolder.folder.id;
}
async function grant(id: string, grants: object[]): Promise<void> {
  const document = 'mutation ($input: SetFolderGrantsInput!) { setFolderGrants(input: $input) { __typename } }';
  expect((await run(document, { input: { id, grants } })).setFolderGrants.__typename).toBe('JobFolderSaved');
}

test('a job is saved with what it says, as its first revision, and comes back as it was', async () => {
  const definition = {
    description: 'Zebra before apple',
    ...definitionOf(echo('echo "ä\\n"', { position: { x: 1.5, y: -2 } })),
  };
  const { job } = await create({ name: ' Clean up ', definition, comment: 'first' });
  expect(job).toMatchObject({ name: 'Clean up', folder: { path: '/' }, revision: { number: 1, comment: 'first' } });
  expect(job.revision.definition).toEqual(definition);
  expect(Object.keys(job.revision.definition.workflow.nodes[1])).toEqual(['id', 'kind', 'command', 'position']);
});

test('a definition with problems is refused with each of them', async () => {
  const definition = definitionOf(echo('echo ${{ inputs.nope }}'), echo('true'));
  const answer = await create({ name: 'bad', definition });
  expect(answer).toMatchObject({
    __typename: 'JobInvalid',
    problems: [
      { code: 'DUPLICATE', node: 'run', field: 'id' },
      { code: 'CYCLE' },
      { code: 'EXPRESSION_UNDEFINED', node: 'run', field: 'command', position: { start: 16, end: 20 } },
    ],
  });
  const { validateWorkflow } = await run(
    'query ($input: ValidateWorkflowInput!) { validateWorkflow(input: $input) { isValid problems { code message } } }',
    { input: { definition } },
  );
  expect(validateWorkflow).toMatchObject({ isValid: false, problems: { length: 3 } });
});

test.each([
  [{ name: ' ' }, 'name'],
  [{ name: 'a/b' }, 'name'],
  [{ name: 'a\0b' }, 'name'],
  [{ name: 'x'.repeat(201) }, 'name'],
  [{ comment: '\ud800' }, 'comment'],
])('an input that makes no sense is refused by its field %#', async (change, field) => {
  const answer = await create({ name: 'fine', definition: definitionOf(), ...change });
  expect(answer).toMatchObject({ __typename: 'InvalidInput', field });
});

test('names are taken once in a folder, and free again in another', async () => {
  const folderId = await givenFolder('elsewhere');
  const definition = definitionOf();
  await create({ name: 'taken', definition });
  expect((await create({ name: 'taken', definition })).__typename).toBe('JobNameTaken');
  const { job } = await create({ name: 'taken', definition, folderId });
  const move = (id: string, to: string) => mutate('moveJob', 'MoveJobInput', { id, folderId: to });
  expect((await move(job.id, '00000000-0000-7000-8000-000000000000')).__typename).toBe('JobNameTaken');
  const renamed = await mutate('renameJob', 'RenameJobInput', { id: job.id, name: 'free' });
  expect(renamed.job.name).toBe('free');
  expect((await move(job.id, '00000000-0000-7000-8000-000000000000')).job.folder.path).toBe('/');
  expect((await move(job.id, randomUUID())).__typename).toBe('JobFolderNotFound');
});

test('of ten edits of one revision at once, one is saved and nine are told of it', async () => {
  const job = await givenJob();
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      update({ id: job.id, baseRevision: 1, definition: definitionOf(echo(`echo ${index}`)) }),
    ),
  );
  const saved = answers.filter(({ __typename }) => __typename === 'JobSaved');
  const changed = answers.filter(({ __typename }) => __typename === 'JobChanged');
  expect([saved.length, changed.length]).toEqual([1, 9]);
  expect(changed[0].job.revision.number).toBe(2);
  expect(await world.prisma.jobRevision.count({ where: { jobId: job.id } })).toBe(2);
});

test('the same definition again is no new revision, and nothing is announced', async () => {
  const job = await givenJob();
  const { job: again } = await update({ id: job.id, baseRevision: 1, definition: job.revision.definition });
  expect(again.revision.number).toBe(1);
});

test('an earlier revision is brought back as a new one; one that never was is refused', async () => {
  const job = await givenJob({ definition: definitionOf(echo('echo 1')) });
  await update({ id: job.id, baseRevision: 1, definition: definitionOf(echo('echo 2')) });
  const restore = (number: number, baseRevision = 2) =>
    mutate('restoreRevision', 'RestoreRevisionInput', { id: job.id, number, baseRevision });
  expect((await restore(7)).__typename).toBe('JobRevisionNotFound');
  expect((await restore(-1)).__typename).toBe('JobRevisionNotFound');
  expect((await restore(1, 1)).__typename).toBe('JobChanged');
  const { job: restored } = await restore(1);
  expect(restored.revision).toMatchObject({
    number: 3,
    restoredFrom: 1,
    definition: { workflow: { nodes: [start, { command: 'echo 1' }] } },
  });
});

test('two revisions are compared by nodes, edges, parameters and settings', async () => {
  const before = {
    ...definitionOf(echo('echo 1'), { id: 'gone', kind: 'command', command: 'x' }),
    policies: { priority: 1 },
  };
  const after = {
    ...definitionOf(echo('echo 2', { timeoutSeconds: 5 }), { id: 'fresh', kind: 'command', command: 'x' }),
    parameters: [{ name: 'p', type: 'text' }],
    policies: { priority: 2 },
  };
  const job = await givenJob({ definition: before });
  await update({ id: job.id, baseRevision: 1, definition: after });
  const document =
    'query ($id: ID!, $to: Int!) { jobDiff(jobId: $id, from: 1, to: $to) { to { number } changes { kind part name field before after } } }';
  const { jobDiff } = await run(document, { id: job.id, to: 2 });
  expect(jobDiff.changes.map(({ kind, part, name, field }: TestData) => [kind, part, name, field].join(' '))).toEqual([
    'ADDED PARAMETER p ',
    'CHANGED NODE run command',
    'ADDED NODE run timeoutSeconds',
    'REMOVED NODE gone ',
    'ADDED NODE fresh ',
    'REMOVED EDGE run -> gone ',
    'ADDED EDGE run -> fresh ',
    'CHANGED SETTING  policies.priority',
  ]);
  expect(jobDiff.changes[1]).toMatchObject({ before: 'echo 1', after: 'echo 2' });
  expect((await run(document, { id: job.id, to: 9 })).jobDiff).toBeNull();
});

test('revisions are listed newest first, in pages', async () => {
  const job = await givenJob();
  for (const base of [1, 2])
    await update({ id: job.id, baseRevision: base, definition: definitionOf(echo(`echo ${base}`)) });
  const document =
    'query ($id: ID!, $after: String) { job(id: $id) { revisions(first: 2, after: $after) { nodes { number } pageInfo { endCursor hasNextPage } } } }';
  const first = (await run(document, { id: job.id })).job.revisions;
  expect(first.nodes.map(({ number }: TestData) => number)).toEqual([3, 2]);
  const second = (await run(document, { id: job.id, after: first.pageInfo.endCursor })).job.revisions;
  expect(second).toMatchObject({ nodes: [{ number: 1 }], pageInfo: { hasNextPage: false } });
});

describe('jobs that run jobs', () => {
  test('a job that would run itself, directly or through others, is refused', async () => {
    const [a, b, c] = [await givenJob(), await givenJob(), await givenJob()];
    const point = (from: TestData, to: TestData) =>
      update({ id: from.id, baseRevision: 1, definition: running(to.id) });
    expect(await point(a, a)).toMatchObject({
      __typename: 'JobInvalid',
      problems: [{ code: 'SUB_JOB', node: 'sub', field: 'jobId' }],
    });
    expect((await point(a, b)).__typename).toBe('JobSaved');
    expect((await point(b, c)).__typename).toBe('JobSaved');
    expect(await point(c, a)).toMatchObject({ __typename: 'JobInvalid', problems: [{ code: 'SUB_JOB' }] });
  });

  test('two edits at once cannot close a circle that neither of them sees', async () => {
    for (let round = 0; round < 5; round += 1) {
      const [a, b] = [await givenJob(), await givenJob()];
      const answers = await Promise.all([
        update({ id: a.id, baseRevision: 1, definition: running(b.id) }),
        update({ id: b.id, baseRevision: 1, definition: running(a.id) }),
      ]);
      expect(answers.map(({ __typename }) => __typename).sort()).toEqual(['JobInvalid', 'JobSaved']);
    }
  });

  test('a job that is not there, a revision that is not, and inputs that do not fit are refused', async () => {
    const needy = await givenJob({
      definition: { ...definitionOf(), parameters: [{ name: 'where', type: 'text', isRequired: true }] },
    });
    const problemsOf = async (definition: object) =>
      (await create({ name: 'caller', definition })).problems.map(({ field }: TestData) => field as string);
    expect(await problemsOf(running(randomUUID()))).toEqual(['jobId']);
    expect(await problemsOf(running(needy.id, { revision: 4, inputExpressions: { where: '"x"' } }))).toEqual([
      'revision',
    ]);
    expect(await problemsOf(running(needy.id))).toEqual(['inputExpressions']);
    expect(await problemsOf(running(needy.id, { inputExpressions: { where: '"x"', other: '1' } }))).toEqual([
      'inputExpressions.other',
    ]);
  });

  test('a job that another one runs cannot be deleted; then it can, and its executions would stay', async () => {
    const child = await givenJob();
    const parent = await givenJob({ name: 'the parent', definition: running(child.id) });
    expect(await remove(child.id)).toMatchObject({ __typename: 'JobInUse', jobs: [{ name: 'the parent' }] });
    expect((await remove(parent.id)).id).toBe(parent.id);
    expect((await remove(child.id)).id).toBe(child.id);
    expect((await remove(child.id)).__typename).toBe('JobNotFound');
    expect(await world.prisma.jobRevision.count({ where: { jobId: child.id } })).toBe(0);
  });
});

describe('folders', () => {
  const seen = async (viewer: UserViewer, folderId?: string) =>
    (
      await run(
        'query ($folderId: ID) { jobs(folderId: $folderId, text: "folder ") { nodes { name } } }',
        { folderId },
        viewer,
      )
    ).jobs.nodes.map(({ name }: TestData) => name as string);

  test('who is not named in a folder, or in one above, does not see what is in it', async () => {
    const [reader, runner, stranger] = [operator(), operator(), operator()];
    const top = await givenFolder('restricted');
    const below = await givenFolder('below', top);
    const job = await givenJob({ name: 'folder job', folderId: below });
    expect(await seen(stranger, top)).toEqual(['folder job']);
    await grant(top, [{ userId: reader.userId, access: 'READ' }]);
    await grant(below, [{ userId: runner.userId, access: 'WRITE' }]);
    expect(await seen(reader, top)).toEqual(['folder job']);
    expect(await seen(runner)).toEqual(['folder job']);
    expect(await seen(stranger)).toEqual([]);
    expect(await seen(stranger, top)).toEqual([]);
    const find = async (viewer: UserViewer) =>
      (await run('query ($id: ID!) { job(id: $id) { name } }', { id: job.id }, viewer)).job;
    expect(await find(stranger)).toBeNull();
    const entity = 'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Job { name } } }';
    const r = [{ __typename: 'Job', id: job.id }];
    expect((await run(entity, { r }, stranger))._entities).toEqual([null]);
    expect((await run(entity, { r }, reader))._entities).toEqual([{ name: 'folder job' }]);
    const edit = { id: job.id, baseRevision: 1, definition: definitionOf(echo('echo new')) };
    expect((await update(edit, stranger)).__typename).toBe('JobNotFound');
    await expect(update(edit, reader)).rejects.toThrow('job:write');
    expect((await update(edit, runner)).__typename).toBe('JobSaved');
    expect((await create({ name: 'caller of it', definition: running(job.id) }, reader)).problems).toMatchObject([
      { code: 'SUB_JOB' },
    ]);
    expect((await create({ name: 'x', definition: definitionOf(), folderId: top }, stranger)).__typename).toBe(
      'JobFolderNotFound',
    );
    const folders = async (viewer: UserViewer) =>
      (await run('{ jobFolders { path access } }', {}, viewer)).jobFolders.filter(({ path }: TestData) =>
        path.startsWith('/restricted'),
      );
    expect(await folders(stranger)).toEqual([]);
    expect(await folders(runner)).toEqual([{ path: '/restricted/below', access: 'WRITE' }]);
    expect(await folders(reader)).toEqual([
      { path: '/restricted', access: 'READ' },
      { path: '/restricted/below', access: 'READ' },
    ]);
  });

  test('grants are shown to those who may change them, and to nobody else', async () => {
    const id = await givenFolder('granted');
    await grant(id, [{ userId: randomUUID(), access: 'RUN' }]);
    const document = '{ jobFolders { name grants { access } } }';
    const { data } = await world.execute(admin, document);
    expect(data.jobFolders).toContainEqual({ name: 'granted', grants: [{ access: 'RUN' }] });
    const { errors } = await world.execute(operator(), document);
    expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  });

  test('a folder is renamed, and deleted once nothing is in it; the root stays', async () => {
    const id = await givenFolder('full');
    const job = await givenJob({ folderId: id });
    const change = async (field: string, type: string, input: object) =>
      (await run(`mutation ($input: ${type}!) { ${field}(input: $input) { __typename } }`, { input }))[field]
        .__typename;
    expect(await change('createJobFolder', 'CreateJobFolderInput', { name: 'full' })).toBe('JobFolderNameTaken');
    expect(await change('createJobFolder', 'CreateJobFolderInput', { name: 'x', parentId: randomUUID() })).toBe(
      'JobFolderNotFound',
    );
    expect(await change('renameJobFolder', 'RenameJobFolderInput', { id, name: 'fuller' })).toBe('JobFolderSaved');
    expect(await change('deleteJobFolder', 'DeleteJobFolderInput', { id })).toBe('JobFolderNotEmpty');
    await remove(job.id);
    expect(await change('deleteJobFolder', 'DeleteJobFolderInput', { id })).toBe('JobFolderDeleted');
    const root = '00000000-0000-7000-8000-000000000000';
    expect(await change('deleteJobFolder', 'DeleteJobFolderInput', { id: root })).toBe('InvalidInput');
  });
});

test('jobs are listed by name in pages, and found by a part of their name', async () => {
  for (const name of ['list b', 'list a', 'list_c', 'list%d']) await givenJob({ name });
  const document =
    'query ($text: String, $after: String) { jobs(first: 2, after: $after, text: $text) { nodes { name } pageInfo { endCursor } } }';
  const page = async (variables: object) => (await run(document, variables)).jobs;
  const first = await page({ text: 'LIST ' });
  expect(first.nodes).toEqual([{ name: 'list a' }, { name: 'list b' }]);
  expect((await page({ text: 'LIST ', after: first.pageInfo.endCursor })).nodes).toEqual([]);
  expect((await page({ text: 'list%' })).nodes).toEqual([{ name: 'list%d' }]);
});

test('what is announced of a job names who did what, and wakes who watches', async () => {
  const woken: string[] = [];
  const { promise: all, resolve } = Promise.withResolvers<void>();
  const job = await givenJob();
  const stops = ['jobs', `job.${job.id}`].map((topic) =>
    world.wakeUps.listen(topic, () => {
      woken.push(topic);
      if (new Set(woken).size === 2) resolve();
    }),
  );
  await update({ id: job.id, baseRevision: 1, definition: definitionOf(echo('echo again')) });
  await all;
  for (const stop of stops) stop();
});

const needs: [Permission, string][] = [
  ['job:read', '{ job(id: "x") { id } }'],
  ['job:read', '{ jobs { nodes { id } } }'],
  ['job:read', '{ jobRevision(jobId: "x", number: 1) { number } }'],
  ['job:read', '{ jobDiff(jobId: "x", from: 1, to: 2) { changes { kind } } }'],
  ['job:read', '{ jobFolders { id } }'],
  ['job:read', '{ validateWorkflow(input: { definition: {} }) { isValid } }'],
  ['job:read', '{ _entities(representations: [{ __typename: "Job", id: "x" }]) { ... on Job { id } } }'],
];

test.each(needs)('%s is needed for %s, and enough', async (permission, document) => {
  const codes = async (viewer: Parameters<AutomationWorld['execute']>[0]) =>
    (await world.execute(viewer, document)).errors?.map(({ extensions }) => extensions.code) ?? [];
  expect(await codes(anonymous)).toEqual(['UNAUTHENTICATED']);
  expect(await codes(viewerWith('audit:read'))).toEqual(['FORBIDDEN']);
  expect(await codes(viewerWith(permission))).toEqual([]);
});

test.each([
  ['job:write', 'createJob', 'name: "x", definition: {}'],
  ['job:write', 'updateJob', 'id: "x", baseRevision: 1, definition: {}'],
  ['job:write', 'restoreRevision', 'id: "x", number: 1, baseRevision: 1'],
  ['job:write', 'renameJob', 'id: "x", name: "y"'],
  ['job:write', 'moveJob', 'id: "x", folderId: "y"'],
  ['job:write', 'deleteJob', 'id: "x"'],
  ['job:write', 'createJobFolder', 'name: "x", parentId: "y"'],
  ['job:write', 'renameJobFolder', 'id: "x", name: "y"'],
  ['job:write', 'deleteJobFolder', 'id: "x"'],
  ['folder:grant', 'setFolderGrants', 'id: "x", grants: []'],
] as const)('%s is needed for %s, and with job:read enough', async (permission, field, input) => {
  const document = `mutation { ${field}(input: { ${input} }) { __typename } }`;
  const codes = async (viewer: Parameters<AutomationWorld['execute']>[0]) =>
    (await world.execute(viewer, document)).errors?.map(({ extensions }) => extensions.code) ?? [];
  expect(await codes(anonymous)).toEqual(['UNAUTHENTICATED']);
  expect(await codes(viewerWith('job:read'))).toEqual(['FORBIDDEN']);
  expect(await codes(viewerWith('job:read', permission))).toEqual([]);
});
