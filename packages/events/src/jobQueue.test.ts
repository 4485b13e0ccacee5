import pg from 'pg';
import { createLog } from '@opsconductor/telemetry';
import { createTestDatabase } from '@opsconductor/testkit';
import type { TestDatabase } from '@opsconductor/testkit';
import type { DomainEvent } from './domainEvent.ts';
import { createJobQueue } from './jobQueue.ts';
import type { JobQueue, LeasedJob } from './jobQueue.ts';
import { createPostgresWakeUps } from './postgresWakeUps.ts';
import { startPump } from './pump.ts';
import { createTransact } from './transaction.ts';
import type { SqlExecutor, WakeUps } from './wakeUps.ts';

const log = createLog('test', { level: 'silent' });
let database: TestDatabase;
let pool: pg.Pool;
let queue: JobQueue;
let wakeUps: WakeUps;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 4 });
  queue = await createJobQueue({ url: database.url, log, name: 'test', supervise: true });
  wakeUps = await createPostgresWakeUps({ url: database.url, log });
});
afterAll(async () => {
  await wakeUps.close();
  await queue.stop();
  await pool.end();
  await database.drop();
});

/** What a Prisma client does, over a plain connection: these tests need no tables of a domain. */
const client = {
  async $transaction<Result>(work: (db: SqlExecutor) => Promise<Result>): Promise<Result> {
    const connection = await pool.connect();
    const rows = async (sql: string, values: unknown[]) => (await connection.query(sql, values)).rows as unknown;
    const db: SqlExecutor = {
      $queryRawUnsafe: async <Rows>(sql: string, ...values: unknown[]) => (await rows(sql, values)) as Rows,
      $executeRawUnsafe: async (sql, ...values) => (await connection.query(sql, values)).rowCount ?? 0,
    };
    try {
      await connection.query('begin');
      const result = await work(db);
      await connection.query('commit');
      return result;
    } catch (error) {
      await connection.query('rollback');
      throw error;
    } finally {
      connection.release();
    }
  },
};

const inTransaction = <Result>(work: (db: SqlExecutor) => Promise<Result>) => client.$transaction(work);
const event = { type: 'test.thing.happened', actorId: null, subject: { type: 'thing', id: '1' } };

async function drain(name: 'automation.shard' | 'communication.audit'): Promise<LeasedJob<Record<string, unknown>>[]> {
  const jobs = await queue.fetch<Record<string, unknown>>(name, 100);
  await inTransaction((db) => queue.complete(db, name, jobs));
  return jobs;
}

test('jobs and events of a transaction that rolls back do not exist; those of one that commits all do', async () => {
  const transact = createTransact(client, queue, wakeUps);
  await expect(
    transact(async (unit) => {
      unit.enqueue('automation.shard', [{ shardId: 'lost' }]);
      unit.emit(event);
      throw new Error('rolled back');
    }),
  ).rejects.toThrow('rolled back');
  await transact(async (unit) => {
    unit.enqueue('automation.shard', [{ shardId: 'one' }, { shardId: 'two' }]);
    unit.emit(event);
  });
  expect((await drain('automation.shard')).map(({ data }) => data['shardId']).sort()).toEqual(['one', 'two']);
  const [published, ...others] = await drain('communication.audit');
  expect(others).toEqual([]);
  expect(published?.data as unknown as DomainEvent).toMatchObject({ ...event, version: 1, data: {}, requestId: null });
});

test('several processes that start at once on a new database all get their queues', async () => {
  const fresh = await createTestDatabase();
  const names = ['one', 'two', 'three'];
  const started = await Promise.allSettled(
    names.map((name) => createJobQueue({ url: fresh.url, log, name, supervise: true })),
  );
  await Promise.all(started.flatMap((it) => (it.status === 'fulfilled' ? [it.value.stop()] : [])));
  expect(started.map(({ status }) => status)).toEqual(names.map(() => 'fulfilled'));
  await fresh.drop();
});

test('an attempt that was taken away settles nothing', async () => {
  await inTransaction((db) => queue.send(db, 'automation.shard', [{ shardId: 'fenced' }]));
  const first = await queue.fetch('automation.shard', 1);
  await queue.fail('automation.shard', first, 'given back');
  const second = await fetchAgain();
  expect(second[0]?.retryCount).toBe((first[0]?.retryCount ?? 0) + 1);
  expect(await inTransaction((db) => queue.complete(db, 'automation.shard', first))).toBe(false);
  expect((await queue.touch('automation.shard', first)).size).toBe(0);
  expect((await queue.touch('automation.shard', second)).size).toBe(1);
  expect(await inTransaction((db) => queue.complete(db, 'automation.shard', second))).toBe(true);
});

test('a pump runs what is sent at once, retries what rejects, and gives back nothing that is done', async () => {
  const seen: string[] = [];
  let finished: () => void = () => undefined;
  const done = new Promise<void>((resolve) => (finished = resolve));
  const pump = startPump<{ shardId: string }>({
    queue,
    wakeUps,
    name: 'automation.shard',
    slots: 2,
    batch: 1,
    log,
    async run(jobs) {
      const [job] = jobs;
      seen.push(`${job?.data.shardId} ${job?.retryCount}`);
      if (job?.data.shardId === 'flaky' && job.retryCount === 0) throw new Error('not yet');
      expect(await inTransaction((db) => queue.complete(db, 'automation.shard', jobs))).toBe(true);
      if (job?.data.shardId === 'flaky') finished();
    },
  });
  const transact = createTransact(client, queue, wakeUps);
  await transact(async (unit) => unit.enqueue('automation.shard', [{ shardId: 'flaky' }, { shardId: 'steady' }]));
  await done;
  await pump.stop(1_000);
  expect(seen.sort()).toEqual(['flaky 0', 'flaky 1', 'steady 0']);
  expect(await drain('automation.shard')).toEqual([]);
});

test('stopping a pump aborts what does not end in time, and the job is there for another', async () => {
  let begun: () => void = () => undefined;
  const running = new Promise<void>((resolve) => (begun = resolve));
  const pump = startPump<{ shardId: string }>({
    queue,
    wakeUps,
    name: 'automation.shard',
    slots: 1,
    batch: 1,
    log,
    run: (_jobs, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
        begun();
      }),
  });
  const transact = createTransact(client, queue, wakeUps);
  await transact(async (unit) => unit.enqueue('automation.shard', [{ shardId: 'slow' }]));
  await running;
  await pump.stop(10);
  const [again] = await fetchAgain();
  expect(again).toMatchObject({ retryCount: 1, data: { shardId: 'slow' } });
  await inTransaction((db) => queue.complete(db, 'automation.shard', again ? [again] : []));
});

/** A job that was given back comes again after its retry delay of one second. */
async function fetchAgain() {
  for (;;) {
    const jobs = await queue.fetch<{ shardId: string }>('automation.shard', 1);
    if (jobs.length > 0) return jobs;
  }
}
