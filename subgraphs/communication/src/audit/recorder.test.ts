import { randomUUID } from 'node:crypto';
import type { LeasedJob } from '@opsconductor/events';
import fc from 'fast-check';
import { completeEvent, openWorld, someone } from '../testing/world.ts';
import type { World } from '../testing/world.ts';
import { appendEvents } from './appendEvents.ts';
import { GENESIS_HASH, hashEntry } from './chain.ts';
import type { Entry } from './chain.ts';
import { AUDIT_QUEUE, recordEvents } from './recorder.ts';
import { verifyChain } from './verifyChain.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());
beforeEach(() => world.startOver());

function listEntries() {
  return world.prisma.auditEvent.findMany({ orderBy: { position: 'asc' } });
}

function record(jobs: readonly LeasedJob<unknown>[]) {
  return recordEvents({ ...world, clock: () => new Date() }, jobs);
}

test('events become entries of a chain from position 1, in the order in which they occurred', async () => {
  await world.start();
  for (let n = 1; n <= 5; n += 1)
    await world.publish(
      completeEvent({ occurredAt: `2026-01-01T00:00:0${n}.000Z`, subject: { type: 'thing', id: `${n}` } }),
    );
  await world.untilRecorded(5);
  const entries = await listEntries();
  expect(entries.map(({ position }) => position)).toEqual([1, 2, 3, 4, 5]);
  expect(entries.map(({ previousHash }) => previousHash)).toEqual([
    GENESIS_HASH,
    ...entries.slice(0, -1).map(({ hash }) => hash),
  ]);
  const [first] = entries;
  expect(first?.hash).toBe(hashEntry(first as Entry, 1, GENESIS_HASH));
  expect(await verifyChain(world.prisma)).toEqual({ isIntact: true, entries: 5, lastHash: entries.at(-1)?.hash });
});

test('those of one batch are put into the order in which they occurred', async () => {
  const events = [3, 1, 2].map((n) =>
    completeEvent({ occurredAt: `2026-01-01T00:00:0${n}.000Z`, subject: { type: 'thing', id: String(n) } }),
  );
  await world.publish(...events);
  await record(await world.queue.fetch(AUDIT_QUEUE, 10));
  expect((await listEntries()).map(({ subjectId }) => subjectId)).toEqual(['1', '2', '3']);
});

test('an entry says what the event said', async () => {
  await world.start();
  const event = completeEvent({
    id: randomUUID().toUpperCase(),
    type: 'automation.execution.started',
    occurredAt: '2026-03-01T12:00:00.1239+02:00',
    subject: { type: 'execution', id: 'e1' },
    data: { targets: 3, isAdHoc: true, note: 'ü \u{1f600}', parent: null, ratio: 1e-7, large: 1e300 },
    requestId: 'request-7',
  });
  await world.publish(event);
  await world.untilRecorded(1);
  expect(await listEntries()).toMatchObject([
    {
      id: event.id.toLowerCase(),
      type: 'automation.execution.started',
      occurredAt: new Date('2026-03-01T10:00:00.123Z'),
      actorId: someone,
      subjectType: 'execution',
      subjectId: 'e1',
      data: event.data,
      requestId: 'request-7',
    },
  ]);
  expect(await verifyChain(world.prisma)).toMatchObject({ isIntact: true });
});

test('an event that is delivered again adds nothing, in one batch or in another one', async () => {
  await world.start();
  const [event, other] = [completeEvent(), completeEvent()];
  await world.publish(event, event);
  await world.untilRecorded(1);
  await world.publish(event, other, other);
  await world.untilRecorded(2);
  expect((await listEntries()).map(({ id }) => id)).toEqual([event.id, other.id]);
});

test('two recorders at once make one chain without gaps, each event once', async () => {
  await Promise.all([world.start(), world.start()]);
  await Promise.all(
    Array.from({ length: 20 }, () => world.publish(...Array.from({ length: 25 }, () => completeEvent()))),
  );
  await world.untilRecorded(500);
  expect(await verifyChain(world.prisma)).toMatchObject({ isIntact: true, entries: 500 });
});

test('who has lost the lease records nothing', async () => {
  await world.publish(completeEvent(), completeEvent());
  const lost = await world.queue.fetch(AUDIT_QUEUE, 10);
  await world.queue.fail(AUDIT_QUEUE, lost.slice(0, 1), 'taken away');
  await expect(record(lost)).rejects.toThrow(/taken away/);
  expect(await listEntries()).toEqual([]);
  await world.start();
  await world.queue.fail(AUDIT_QUEUE, lost, 'given back');
  await world.untilRecorded(2);
});

test('what a recorder held when it was killed is recorded by another one, once', async () => {
  await world.publish(...Array.from({ length: 30 }, () => completeEvent()));
  // A recorder that is gone never touches its jobs again, and its transaction never commits.
  const held = await world.queue.fetch(AUDIT_QUEUE, 20);
  expect(held).toHaveLength(20);
  await world.start();
  await world.untilRecorded(30);
  expect(await verifyChain(world.prisma)).toMatchObject({ isIntact: true, entries: 30 });
}, 60_000);

describe('a malformed event', () => {
  test.each([
    ['actorId data id occurredAt requestId subject type', {}],
    ['id', { ...completeEvent(), id: 'no id' }],
    ['type', { ...completeEvent(), type: '' }],
    ['occurredAt', { ...completeEvent(), occurredAt: 'yesterday' }],
    ['occurredAt', { ...completeEvent(), occurredAt: '0000-01-01T00:00:00Z' }],
    ['actorId', { ...completeEvent(), actorId: 'ada' }],
    ['subject', { ...completeEvent(), subject: 'thing' }],
    ['subject', { ...completeEvent(), subject: { type: 'thing', id: 'x'.repeat(3_000) } }],
    ['data', { ...completeEvent(), data: { nested: { password: 'hunter2' } } }],
    ['actorId requestId', { ...completeEvent(), actorId: 1, requestId: {} }],
  ])('is recorded as such, naming %s and nothing of its content, and holds nobody up', async (wrong, event) => {
    await world.start();
    const [before, after] = [completeEvent(), completeEvent()];
    await world.publish(before, event, after);
    await world.untilRecorded(3);
    const entries = await listEntries();
    const malformed = entries.filter(({ type }) => type === 'communication.event.malformed');
    expect(malformed).toMatchObject([{ actorId: null, subjectType: 'event', data: { wrong } }]);
    expect(JSON.stringify(malformed)).not.toMatch(/hunter2|yesterday|xxx/);
    expect(entries.map(({ id }) => id)).toEqual(expect.arrayContaining([before.id, after.id]));
    expect(await verifyChain(world.prisma)).toMatchObject({ isIntact: true, entries: 3 });
  });
});

test('no event whatever can break the chain or keep it from growing', async () => {
  const scalar = fc.oneof(fc.string({ unit: 'binary' }), fc.double(), fc.boolean(), fc.constant(null));
  const event = fc.record(
    {
      id: fc.oneof(fc.uuid(), fc.string()),
      type: fc.string({ unit: 'binary' }),
      occurredAt: fc.oneof(
        fc.date().map(String),
        fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
      ),
      actorId: fc.option(fc.uuid()),
      subject: fc.record({ type: fc.string(), id: fc.string({ unit: 'binary', maxLength: 600 }) }),
      data: fc.dictionary(fc.string({ unit: 'binary' }), scalar),
      requestId: fc.option(fc.string({ unit: 'binary' })),
    },
    { requiredKeys: [] },
  );
  const anything = fc.oneof({ weight: 4, arbitrary: event }, fc.anything());
  let total = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(anything, { minLength: 1, maxLength: 40 }), async (events) => {
      const jobs = events.map((data) => ({ id: randomUUID(), retryCount: 0, data }));
      total += (await world.transact((unit) => appendEvents(unit.db, jobs, new Date()))).length;
      expect(await verifyChain(world.prisma)).toMatchObject({ isIntact: true, entries: total });
    }),
    { numRuns: 40 },
  );
}, 60_000);
