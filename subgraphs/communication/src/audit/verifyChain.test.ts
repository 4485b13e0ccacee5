import { randomUUID } from 'node:crypto';
import { completeEvent, openWorld } from '../testing/world.ts';
import type { World } from '../testing/world.ts';
import { appendEvents } from './appendEvents.ts';
import { verifyChain } from './verifyChain.ts';

const ENTRIES = 2_300;

let world: World;
beforeAll(async () => {
  world = await openWorld();
  const jobs = Array.from({ length: ENTRIES }, (_, n) => ({
    id: randomUUID(),
    retryCount: 0,
    data: completeEvent({ data: { n } }),
  }));
  await world.transact((unit) => appendEvents(unit.db, jobs, new Date()));
});
afterAll(() => world.close());

test('an untouched chain is intact, over any number of pages', async () => {
  expect(await verifyChain(world.prisma)).toMatchObject({ isIntact: true, entries: ENTRIES });
});

test.each(['update audit_events set type = type', 'delete from audit_events', 'truncate audit_events'])(
  'PostgreSQL refuses to change it: %s',
  async (sql) => {
    await expect(world.prisma.$executeRawUnsafe(sql)).rejects.toThrow(/append-only/);
    expect(await world.prisma.auditEvent.count()).toBe(ENTRIES);
  },
);

/** Each tampering, what undoes it, and where the chain breaks. */
test.each([
  ['hash', 7, `update audit_events set data = '{"n":7000}' where position = 7`, 'data'],
  ['hash', 1, `update audit_events set actor_id = null where position = 1`, 'actor_id'],
  [
    'hash',
    2_300,
    `update audit_events set occurred_at = occurred_at + interval '1 ms' where position = 2300`,
    'occurred_at',
  ],
  ['hash', 1_000, `update audit_events set request_id = 'x' where position = 1000`, 'request_id'],
  ['hash', 1_001, `update audit_events set hash = repeat('0', 64) where position = 1001`, 'hash'],
  ['previousHash', 12, `update audit_events set previous_hash = repeat('0', 64) where position = 12`, 'previous_hash'],
  ['gap', 1_501, `update audit_events set position = 1000000 where position = 1500`, 'position'],
  ['gap', 2, `update audit_events set position = 1000000 where position = 1`, 'position'],
])('%s: the first broken link is %i after "%s"', async (reason, position, sql, column) => {
  await world.tamper(`create table untouched as select id, ${column} as value from audit_events`);
  await world.tamper(sql);
  expect(await verifyChain(world.prisma)).toEqual({ isIntact: false, position, reason });
  await world.tamper(`update audit_events set ${column} = value from untouched
    where untouched.id = audit_events.id and ${column} is distinct from value`);
  await world.tamper('drop table untouched');
  expect(await verifyChain(world.prisma)).toMatchObject({ isIntact: true });
});

test('two entries that changed places are found', async () => {
  await world.tamper(`update audit_events set position = 1000000 + position where position in (20, 21)`);
  await world.tamper(`update audit_events set position = 41 - (position - 1000000) where position > 1000000`);
  expect(await verifyChain(world.prisma)).toEqual({ isIntact: false, position: 20, reason: 'previousHash' });
});
