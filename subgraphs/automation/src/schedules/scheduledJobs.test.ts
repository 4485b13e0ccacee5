import { log, viewerWith, createWorld } from '../testing/world.ts';
import type { AutomationWorld, TestData } from '../testing/world.ts';
import { claimTicks } from './claimTicks.ts';

const admin = viewerWith();
/** Far from the clock of the running ticker, which claims nothing of it. */
const firstTick = new Date('2102-01-01T00:00:00Z');

let world: AutomationWorld;
let targets: string[];
let jobId: string;
let made = 0;

beforeAll(async () => {
  world = await createWorld();
  const connection = {
    address: '127.0.0.1',
    port: 1,
    username: 'nobody',
    authentication: { kind: 'password' as const, password: 'x' },
  };
  targets = ['a', 'b'].map((name) => world.fleet.add(name, connection));
  jobId = await createJob();
});
afterAll(() => world.close());

async function mutate(document: string, input: TestData): Promise<TestData> {
  const { data, errors } = await world.execute(admin, document, { input });
  if (!data) throw new Error(JSON.stringify(errors));
  return Object.values(data as object)[0];
}

async function createJob(): Promise<string> {
  made += 1;
  const definition = {
    parameters: [{ name: 'count', type: 'integer', isRequired: true }],
    workflow: {
      nodes: [
        { id: 'begin', kind: 'start' },
        { id: 'work', kind: 'command', command: 'echo ${{ inputs.count }}' },
      ],
      edges: [{ from: 'begin', to: 'work', on: 'success' }],
    },
    targetIds: targets,
  };
  const document = `mutation ($input: CreateJobInput!) { createJob(input: $input) {
    ... on JobSaved { job { id } } ... on Refusal { message } ... on JobInvalid { problems { message field } } } }`;
  const saved = await mutate(document, { name: `job ${made}`, definition });
  if (!saved.job) throw new Error(JSON.stringify(saved));
  return saved.job.id as string;
}

const createDocument = `mutation ($input: CreateScheduleInput!) { createSchedule(input: $input) {
  __typename ... on Refusal { message } ... on InvalidInput { field }
  ... on ScheduleSaved { schedule { id command timeoutSeconds targetIds job { jobId revision inputs job { name } } } } } }`;

function create(change: TestData = {}): Promise<TestData> {
  const settings = {
    name: 'nightly',
    job: { jobId, inputs: { count: 3 } },
    timing: { everySeconds: 60 },
    startsAt: firstTick.toISOString(),
    ...change,
  };
  return mutate(createDocument, { settings });
}

/** Fires the first tick. @returns its occurrence once it is decided */
async function fire(scheduleId: string): Promise<TestData> {
  const document = `query ($id: ID!) { schedule(id: $id) { occurrences { nodes {
    status reason execution { id jobId jobRevision tasks { nodes { targetName } } } } } } }`;
  for (;;) {
    const { promise: woken, resolve } = Promise.withResolvers<void>();
    const stop = world.wakeUps.listen(`schedule.${scheduleId}`, resolve);
    await claimTicks(world.transact, firstTick, log);
    const { data } = await world.execute(admin, document, { id: scheduleId });
    const [occurrence] = data.schedule.occurrences.nodes;
    const isDecided = occurrence !== undefined && !['DUE', 'STARTING'].includes(occurrence.status as string);
    if (!isDecided) await woken;
    stop();
    if (isDecided) return occurrence;
  }
}

test('a schedule starts its job with its inputs on all targets of the job', async () => {
  const { schedule } = await create();
  expect(schedule).toMatchObject({
    command: null,
    timeoutSeconds: null,
    targetIds: [],
    job: { jobId, revision: null, inputs: { count: 3 }, job: { name: 'job 1' } },
  });
  const { status, execution } = await fire(schedule.id as string);
  expect(status).toBe('STARTED');
  expect(execution).toMatchObject({ jobId, jobRevision: 1 });
  const row = await world.prisma.execution.findUniqueOrThrow({
    where: { id: execution.id as string },
    include: { targets: true },
  });
  expect(row.inputs).toEqual({ count: 3 });
  expect(row.targets.map(({ name }) => name).sort()).toEqual(['a', 'b']);
});

test('a selection narrows the targets of the job', async () => {
  const { schedule } = await create({ selection: { targetIds: [targets[1]] } });
  expect(schedule.targetIds).toEqual([targets[1]]);
  const { execution } = await fire(schedule.id as string);
  const rows = await world.prisma.executionTarget.findMany({ where: { executionId: execution.id as string } });
  expect(rows.map(({ name }) => name)).toEqual(['b']);
});

test.each<[string, TestData, TestData]>([
  ['a command and a job', { command: 'true', selection: {} }, { field: 'settings.command' }],
  ['neither', { job: null }, { field: 'settings.command' }],
  ['a command without targets', { job: null, command: 'true' }, { field: 'settings.selection' }],
])('%s is refused', async (_what, change, refusal) => {
  expect(await create(change)).toMatchObject({ __typename: 'InvalidInput', ...refusal });
});

test('what a start by hand would refuse is refused at once, and named as in the settings', async () => {
  expect(await create({ job: { jobId, inputs: {} } })).toMatchObject({ field: 'settings.job.inputs.count' });
  expect(await create({ job: { jobId, inputs: { count: 'many' } } })).toMatchObject({
    field: 'settings.job.inputs.count',
  });
  expect(await create({ job: { jobId: 'no id', inputs: {} } })).toMatchObject({ __typename: 'JobNotFound' });
  expect(await create({ job: { jobId, revision: 9, inputs: { count: 1 } } })).toMatchObject({
    __typename: 'JobRevisionNotFound',
  });
});

test('a job that a schedule starts is not deleted, and the refusal names the schedule', async () => {
  const id = await createJob();
  const { schedule } = await create({ job: { jobId: id, inputs: { count: 1 } } });
  const remove = `mutation ($input: DeleteJobInput!) { deleteJob(input: $input) {
    __typename ... on JobInUse { jobs { id } schedules { id } } } }`;
  expect(await mutate(remove, { id })).toEqual({
    __typename: 'JobInUse',
    jobs: [],
    schedules: [{ id: schedule.id as string }],
  });
  await mutate('mutation ($input: DeleteScheduleInput!) { deleteSchedule(input: $input) { __typename } }', {
    id: schedule.id as string,
  });
  expect(await mutate(remove, { id })).toMatchObject({ __typename: 'JobDeleted' });
});

test('a schedule is disabled with the user in whose name it starts, and whoever enables it lends it theirs', async () => {
  const { schedule } = await create();
  const id = schedule.id as string;
  const { savedById } = await world.prisma.schedule.findUniqueOrThrow({ where: { id } });
  const { promise: woken, resolve } = Promise.withResolvers<void>();
  const stop = world.wakeUps.listen(`schedule.${id}`, resolve);
  await world.transact(async (unit) => {
    const subject = { type: 'user', id: savedById };
    unit.emit({ type: 'identity.user.disabled', actorId: null, subject });
  });
  await woken;
  stop();
  const read = 'query ($id: ID!) { schedule(id: $id) { isEnabled pausedReason savedBy { id } } }';
  expect((await world.execute(admin, read, { id })).data.schedule).toMatchObject({
    isEnabled: false,
    pausedReason: 'The user in whose name it starts executions is disabled.',
  });
  const other = { ...admin, userId: '01990000-0000-7000-8000-0000000000bb' };
  const enable = `mutation ($input: SwitchScheduleInput!) { switchSchedule(input: $input) {
    ... on ScheduleSaved { schedule { isEnabled pausedReason savedBy { id } } } } }`;
  const { data } = await world.execute(other, enable, { input: { id, isEnabled: true } });
  expect(data.switchSchedule.schedule).toEqual({ isEnabled: true, pausedReason: null, savedBy: { id: other.userId } });
});
