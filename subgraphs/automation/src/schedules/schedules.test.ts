import { anonymous } from '@opsconductor/authz';
import type { Permission } from '@opsconductor/authz';
import { createWorld, log, viewerWith } from '../testing/world.ts';
import type { AutomationWorld, TestData } from '../testing/world.ts';
import { claimTicks } from './claimTicks.ts';

const admin = viewerWith();
const scheduleFields = /* GraphQL */ `
  id
  name
  version
  isEnabled
  pausedReason
  nextFiresAt
  targetIds
  savedBy {
    id
  }
  calendars {
    name
  }
  timing {
    __typename
    ... on CronTiming {
      pattern
      timeZone
    }
    ... on IntervalTiming {
      everySeconds
      startsAt
    }
  }
  upcoming(count: 2) {
    tick
    firesAt
  }
`;
const result = /* GraphQL */ `
  __typename
  ... on Refusal {
    message
  }
  ... on InvalidInput {
    field
  }
  ... on ScheduleSaved {
    schedule { ${scheduleFields} }
  }
  ... on ScheduleChanged {
    schedule {
      version
    }
  }
`;
const create = `mutation ($input: CreateScheduleInput!) { createSchedule(input: $input) { ${result.replace('... on ScheduleChanged {\n    schedule {\n      version\n    }\n  }', '')} } }`;
const update = `mutation ($input: UpdateScheduleInput!) { updateSchedule(input: $input) { ${result} } }`;
const toggle = `mutation ($input: SwitchScheduleInput!) { switchSchedule(input: $input) { __typename ... on ScheduleSaved { schedule { ${scheduleFields} } } } }`;
const remove = 'mutation ($id: ID!) { deleteSchedule(input: { id: $id }) { __typename } }';
const read = /* GraphQL */ `
  query ($id: ID!) {
    schedule(id: $id) {
      ${scheduleFields}
      occurrences(first: 100) {
        nodes {
          tick
          status
          reason
          execution {
            id
            status
          }
        }
      }
    }
  }
`;

let world: AutomationWorld;
let target: string;
const second = 1_000;
/** Far from the clock of the running ticker, which claims nothing of it. */
const future = new Date('2101-01-01T00:00:00Z').getTime();
const at = (seconds: number) => new Date(future + seconds * second);

beforeAll(async () => {
  world = await createWorld();
  target = world.fleet.add('a', {
    address: '127.0.0.1',
    port: 1,
    username: 'nobody',
    authentication: { kind: 'password', password: 'x' },
  });
});
afterAll(() => world.close());

const settingsOf = (change: TestData = {}) => ({
  name: 'nightly',
  command: 'true',
  selection: { targetIds: [target] },
  timing: { cron: '0 3 * * *', timeZone: 'Europe/Berlin' },
  ...change,
});

async function createWith(change: TestData = {}): Promise<TestData> {
  return (await world.execute(admin, create, { input: { settings: settingsOf(change) } })).data.createSchedule;
}

/** A schedule of every second from `future` on. */
async function createSecondly(change: TestData = {}): Promise<string> {
  const { schedule } = await createWith({ timing: { everySeconds: 1 }, startsAt: at(0).toISOString(), ...change });
  return schedule.id as string;
}

const readSchedule = async (id: string) => (await world.execute(admin, read, { id })).data?.schedule ?? null;
const statusesOf = ({ occurrences }: TestData): string[] =>
  occurrences.nodes.map(({ status }: TestData) => status as string).reverse();

/** Waits by wake-ups until a schedule looks as expected. A read that fails is made up for by the next one. */
async function until(id: string, holds: (schedule: TestData) => boolean): Promise<TestData> {
  for (;;) {
    let stop: () => void = () => undefined;
    const woken = new Promise<void>((resolve) => (stop = world.wakeUps.listen(`schedule.${id}`, resolve)));
    const schedule = await readSchedule(id);
    const isOver = schedule !== null && holds(schedule);
    if (!isOver) await woken;
    stop();
    if (isOver) return schedule;
  }
}

const isSettled = (schedule: TestData) =>
  statusesOf(schedule).every((status) => !['DUE', 'STARTING'].includes(status)) && statusesOf(schedule).length > 0;

/** Looks at the clock once. A schedule that is locked at that moment is for the next look. */
async function claimAt(seconds: number): Promise<void> {
  await claimTicks(world.transact, at(seconds), log);
}

/** Looks until a schedule has no tick left that has come. */
async function claimUpTo(scheduleId: string, seconds: number): Promise<void> {
  for (;;) {
    await claimAt(seconds);
    const { nextTick } = await world.prisma.schedule.findUniqueOrThrow({ where: { id: scheduleId } });
    if (!nextTick || nextTick > at(seconds)) return;
  }
}

async function cancel(executionId: string): Promise<void> {
  const document = 'mutation ($id: ID!) { cancelExecution(input: { id: $id }) { __typename } }';
  await world.execute(admin, document, { id: executionId });
}

describe('saving', () => {
  test('a schedule is saved, shown, changed against its version, switched and deleted', async () => {
    const { __typename, schedule } = await createWith();
    expect(__typename).toBe('ScheduleSaved');
    expect(schedule).toMatchObject({
      name: 'nightly',
      version: 1,
      isEnabled: true,
      targetIds: [target],
      timing: { __typename: 'CronTiming', pattern: '0 3 * * *', timeZone: 'Europe/Berlin' },
    });
    expect(schedule.nextFiresAt).toBe(schedule.upcoming[0].firesAt);
    const change = (version: number) =>
      world.execute(admin, update, { input: { id: schedule.id, version, settings: settingsOf({ name: 'later' }) } });
    expect((await change(1)).data.updateSchedule.schedule).toMatchObject({ name: 'later', version: 2 });
    expect((await change(1)).data.updateSchedule).toMatchObject({
      __typename: 'ScheduleChanged',
      schedule: { version: 2 },
    });
    const off = await world.execute(admin, toggle, { input: { id: schedule.id, isEnabled: false } });
    expect(off.data.switchSchedule.schedule).toMatchObject({ isEnabled: false, nextFiresAt: null, upcoming: [] });
    expect((await world.execute(admin, remove, { id: schedule.id })).data.deleteSchedule.__typename).toBe(
      'ScheduleDeleted',
    );
    expect((await world.execute(admin, remove, { id: schedule.id })).data.deleteSchedule.__typename).toBe(
      'ScheduleNotFound',
    );
    expect((await change(2)).data.updateSchedule.__typename).toBe('ScheduleNotFound');
  });

  test.each([
    [{ name: ' ' }, 'settings.name'],
    [{ name: 'a\u202eb' }, 'settings.name'],
    [{ command: '' }, 'settings.command'],
    [{ selection: {} }, 'settings.selection'],
    [{ timeoutSeconds: 0 }, 'settings.timeoutSeconds'],
    [{ timing: {} }, 'settings.timing'],
    [{ timing: { cron: '* * * * *', everySeconds: 5 } }, 'settings.timing'],
    [{ timing: { cron: '61 * * * *' } }, 'settings.timing'],
    [{ timing: { cron: '* * * * *', timeZone: 'Nowhere' } }, 'settings.timing'],
    [{ timing: { rule: 'FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30' } }, 'settings.timing'],
    [{ timing: { everySeconds: 10 }, jitterSeconds: 11 }, 'settings.jitterSeconds'],
    [{ catchUpSeconds: -1 }, 'settings.catchUpSeconds'],
    [{ startsAt: '2027-01-02T00:00:00Z', endsAt: '2027-01-01T00:00:00Z' }, 'settings.endsAt'],
    [{ calendarIds: ['01990000-0000-7000-8000-000000000000'] }, 'settings.calendarIds'],
    [{ calendarIds: ['x'] }, 'settings.calendarIds'],
  ])('settings that make no sense are refused by their field: %j', async (change, field) => {
    expect(await createWith(change)).toMatchObject({ __typename: 'InvalidInput', field });
  });

  test('a target that is not there is refused', async () => {
    expect(await createWith({ selection: { targetIds: ['nothing'] } })).toMatchObject({ __typename: 'TargetNotFound' });
  });

  test('a preview gives the next hundred times', async () => {
    const document =
      'query ($input: PreviewScheduleInput!) { previewSchedule(input: $input) { ... on SchedulePreview { firings { tick } } ... on InvalidInput { field } } }';
    const preview = async (input: TestData) => (await world.execute(admin, document, { input })).data.previewSchedule;
    const timing = { cron: '0 3 * * *', timeZone: 'Europe/Berlin' };
    const { firings } = await preview({ timing, count: 100, after: '2026-03-27T12:00:00Z' });
    expect(firings).toHaveLength(100);
    expect(firings.slice(0, 2)).toEqual([{ tick: '2026-03-28T02:00:00.000Z' }, { tick: '2026-03-29T01:00:00.000Z' }]);
    expect(await preview({ timing, count: 101 })).toEqual({ field: 'count' });
  });
});

describe('firing', () => {
  test('each tick is claimed once, however many processes look, and starts one execution', async () => {
    const id = await createSecondly({ overlapPolicy: 'ALLOW', missedRunPolicy: 'ALL' });
    for (let seconds = 0; seconds < 20; seconds += 2)
      await Promise.all([claimAt(seconds), claimAt(seconds + 1), claimAt(seconds + 1), claimAt(seconds)]);
    await claimUpTo(id, 19);
    const schedule = await until(id, (it) => isSettled(it) && statusesOf(it).length === 20);
    expect(statusesOf(schedule)).toEqual(Array.from({ length: 20 }, () => 'STARTED'));
    const executions = schedule.occurrences.nodes.map(({ execution }: TestData) => execution.id as string);
    expect(new Set(executions).size).toBe(20);
    const keys = await world.prisma.execution.findMany({
      where: { idempotencyKey: { startsWith: `schedule:${id}:` } },
    });
    expect(keys).toHaveLength(20);
  });

  test('a schedule of every second, a thousand times: a thousand occurrences, and one execution with SKIP', async () => {
    const id = await createSecondly({ missedRunPolicy: 'ALL' });
    for (let seconds = 100; seconds <= 1_000; seconds += 100) await claimUpTo(id, seconds - 1);
    for (;;) {
      const open = await world.prisma.occurrence.count({
        where: { scheduleId: id, status: { in: ['DUE', 'STARTING'] } },
      });
      if (open === 0) break;
      await until(id, () => true);
    }
    const groups = await world.prisma.occurrence.groupBy({ by: ['status'], where: { scheduleId: id }, _count: true });
    const counts = Object.fromEntries(groups.map(({ status, _count }) => [status, _count]));
    expect(counts).toEqual({ STARTED: 1, SKIPPED: 999 });
  }, 120_000);

  test('a restart makes up for what was missed as the policy says', async () => {
    const all = await createSecondly({ overlapPolicy: 'ALLOW', missedRunPolicy: 'ALL' });
    const none = await createSecondly({ missedRunPolicy: 'NONE', timing: { everySeconds: 60 } });
    await claimAt(30);
    expect(statusesOf(await until(all, isSettled))).toEqual(Array.from({ length: 31 }, () => 'STARTED'));
    const { occurrences } = await until(none, isSettled);
    expect(occurrences.nodes).toMatchObject([{ status: 'MISSED', execution: null }]);
  });

  test('a command that cannot be started is refused with the reason, and pauses where that is wanted', async () => {
    const gone = world.fleet.add('gone', {
      address: '',
      port: 1,
      username: '',
      authentication: { kind: 'password', password: 'x' },
    });
    const id = await createSecondly({ selection: { targetIds: [gone] }, pauseOnFailure: true });
    world.fleet.targets.delete(gone);
    await claimAt(0);
    const schedule = await until(id, ({ isEnabled }) => !isEnabled);
    expect(schedule).toMatchObject({ pausedReason: 'There is no target with that id.', nextFiresAt: null });
    expect(statusesOf(schedule)).toEqual(['REFUSED']);
  });

  test('a calendar forbids what its windows say, and a change of it holds at once', async () => {
    const document =
      'mutation ($input: CreateCalendarInput!) { createCalendar(input: $input) { ... on CalendarSaved { calendar { id isOpen } } } }';
    const windows = [{ startsAt: at(1).toISOString(), endsAt: at(3600).toISOString() }];
    const settings = { name: 'freeze', kind: 'BLACKOUT', windows };
    const { calendar } = (await world.execute(admin, document, { input: { settings } })).data.createCalendar;
    expect(calendar.isOpen).toBe(true);
    const id = await createSecondly({ calendarIds: [calendar.id] });
    await claimAt(1);
    const schedule = await until(id, isSettled);
    expect(schedule.occurrences.nodes.map(({ status, reason }: TestData) => [status, reason])).toEqual([
      ['SKIPPED', 'The calendar freeze forbids it.'],
      ['STARTED', null],
    ]);
    expect(schedule.nextFiresAt).toBe(at(3600).toISOString());
    const shorter = { ...settings, windows: [{ ...windows[0], endsAt: at(60).toISOString() }] };
    const change = 'mutation ($input: UpdateCalendarInput!) { updateCalendar(input: $input) { __typename } }';
    await world.execute(admin, change, { input: { id: calendar.id, version: 1, settings: shorter } });
    const inUse =
      'mutation ($id: ID!) { deleteCalendar(input: { id: $id }) { ... on CalendarInUse { schedules { id } } } }';
    expect((await world.execute(admin, inUse, { id: calendar.id })).data.deleteCalendar.schedules).toEqual([{ id }]);
  });
});

describe('overlap', () => {
  const firstExecution = ({ occurrences }: TestData) => occurrences.nodes.at(-1).execution.id as string;

  test('BUFFER_ONE keeps one for later, and its turn comes when the earlier execution ends', async () => {
    const id = await createSecondly({ overlapPolicy: 'BUFFER_ONE' });
    for (const seconds of [0, 1, 2]) {
      await claimUpTo(id, seconds);
      await until(id, (it) => isSettled(it) && statusesOf(it).length === seconds + 1);
    }
    const before = await readSchedule(id);
    expect(statusesOf(before)).toEqual(['STARTED', 'BUFFERED', 'SKIPPED']);
    await cancel(firstExecution(before));
    const after = await until(id, (it) => statusesOf(it)[1] === 'STARTED');
    expect(statusesOf(after)).toEqual(['UNSUCCESSFUL', 'STARTED', 'SKIPPED']);
  });

  test('BUFFER_ALL keeps all, in order', async () => {
    const id = await createSecondly({ overlapPolicy: 'BUFFER_ALL' });
    await claimUpTo(id, 2);
    const before = await until(id, (it) => isSettled(it) && statusesOf(it).length === 3);
    expect(statusesOf(before)).toEqual(['STARTED', 'BUFFERED', 'BUFFERED']);
    await cancel(firstExecution(before));
    expect(statusesOf(await until(id, (it) => statusesOf(it)[1] === 'STARTED'))[2]).toBe('BUFFERED');
  });

  test('CANCEL_OTHER cancels what runs and starts when it has ended', async () => {
    const id = await createSecondly({ overlapPolicy: 'CANCEL_OTHER' });
    await claimAt(0);
    await until(id, (it) => statusesOf(it)[0] === 'STARTED');
    await claimUpTo(id, 1);
    const { occurrences } = await until(id, (it) => statusesOf(it)[1] === 'STARTED');
    expect(occurrences.nodes.at(-1)).toMatchObject({ status: 'UNSUCCESSFUL', execution: { status: 'CANCELLED' } });
  });

  test('a failure pauses a schedule that says so, and what waits is skipped', async () => {
    const id = await createSecondly({ overlapPolicy: 'BUFFER_ALL', pauseOnFailure: true });
    await claimAt(1);
    const before = await until(id, (it) => isSettled(it) && statusesOf(it).length === 2);
    await cancel(firstExecution(before));
    const after = await until(id, ({ isEnabled }) => !isEnabled);
    expect(statusesOf(after)).toEqual(['UNSUCCESSFUL', 'SKIPPED']);
    expect(after.pausedReason).toBe('The execution ended CANCELLED.');
  });
});

const needs: [Permission[], string][] = [
  [['schedule:read'], '{ schedule(id: "x") { id } }'],
  [['schedule:read'], '{ schedules { nodes { id } } }'],
  [['schedule:read'], '{ calendar(id: "x") { id } }'],
  [['schedule:read'], '{ calendars { nodes { id } } }'],
  [['schedule:read'], '{ previewSchedule(input: { timing: { everySeconds: 1 } }) { __typename } }'],
  [
    ['schedule:read'],
    '{ _entities(representations: [{ __typename: "Schedule", id: "x" }]) { ... on Schedule { id } } }',
  ],
  [
    ['schedule:read'],
    '{ _entities(representations: [{ __typename: "Calendar", id: "x" }]) { ... on Calendar { id } } }',
  ],
  [['schedule:write'], 'mutation { deleteSchedule(input: { id: "x" }) { __typename } }'],
  [
    ['schedule:write', 'execution:start'],
    'mutation { switchSchedule(input: { id: "x", isEnabled: true }) { __typename } }',
  ],
  [['schedule:write'], 'mutation { deleteCalendar(input: { id: "x" }) { __typename } }'],
  [
    ['schedule:write', 'execution:start'],
    'mutation { createSchedule(input: { settings: { name: "", command: "", selection: {}, timing: {} } }) { __typename } }',
  ],
  [
    ['schedule:write', 'execution:start'],
    'mutation { updateSchedule(input: { id: "x", version: 1, settings: { name: "", command: "", selection: {}, timing: {} } }) { __typename } }',
  ],
  [
    ['schedule:write'],
    'mutation { createCalendar(input: { settings: { name: "", kind: BLACKOUT, windows: [] } }) { __typename } }',
  ],
  [
    ['schedule:write'],
    'mutation { updateCalendar(input: { id: "x", version: 1, settings: { name: "a", kind: BLACKOUT, windows: [] } }) { __typename } }',
  ],
];

test.each(needs)('%j are needed and enough for %s', async (permissions, document) => {
  const codes = async (viewer: Parameters<AutomationWorld['execute']>[0]) =>
    (await world.execute(viewer, document)).errors?.map(({ extensions }) => extensions.code) ?? [];
  expect(await codes(anonymous)).toEqual(['UNAUTHENTICATED']);
  expect(await codes(viewerWith('audit:read'))).toEqual(['FORBIDDEN']);
  expect(await codes(viewerWith(...permissions))).toEqual([]);
  for (const lacking of permissions.length > 1 ? permissions : [])
    expect(await codes(viewerWith(...permissions.filter((held) => held !== lacking)))).toEqual(['FORBIDDEN']);
});

test('the running ticker fires by the clock, also after every database session was ended', async () => {
  const { schedule } = await createWith({ timing: { everySeconds: 1 }, overlapPolicy: 'ALLOW' });
  await until(schedule.id, (it) => statusesOf(it).includes('STARTED'));
  const count = statusesOf(await readSchedule(schedule.id)).length;
  await world.prisma.$executeRaw`
    select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`;
  await until(schedule.id, (it) => statusesOf(it).filter((status) => status === 'STARTED').length > count + 1);
}, 60_000);
