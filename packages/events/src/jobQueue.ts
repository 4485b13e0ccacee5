/**
 * The job queue, on pg-boss in the product's own PostgreSQL. The only file that knows pg-boss. Jobs are small pointers:
 * rows of the domains are the record, and jobs are sent and settled inside the transaction that changes them.
 */
import { PgBoss, fromPrisma } from 'pg-boss';
import type { Log } from '@opsconductor/telemetry';
import type { DomainEvent } from './domainEvent.ts';
import { declarationOf, eventQueues, queues } from './queues.ts';
import type { QueueDeclaration, QueueName } from './queues.ts';
import type { SqlExecutor } from './wakeUps.ts';

const SCHEMA = 'queue';
/** Goes to the driver, and is missing from the published types. Without it a dead network holds a fetch for ever. */
const DRIVER_LIMITS = { query_timeout: 30_000, keepAlive: true };

/** A job as an executor holds it: `id` and `retryCount` together name one attempt, and fence all it writes. */
export interface LeasedJob<Data> {
  readonly id: string;
  readonly retryCount: number;
  readonly data: Data;
}

export interface JobQueue {
  /** Sends jobs inside a transaction: they exist when it commits, and are given out at `startAt` at the earliest. */
  send(
    transaction: SqlExecutor,
    queue: QueueName,
    jobs: readonly object[],
    priority?: number,
    startAt?: Date,
  ): Promise<void>;
  /** Makes sure that a queue with a label is there. */
  declare(queue: QueueName): Promise<void>;
  /** Publishes events inside a transaction, to every queue that takes domain events. */
  publish(transaction: SqlExecutor, events: readonly DomainEvent[]): Promise<void>;
  /** Takes up to `count` jobs, for as long as they are touched. */
  fetch<Data>(queue: QueueName, count: number): Promise<LeasedJob<Data>[]>;
  /** Keeps jobs leased. @returns ids of those still held: the others have been taken away */
  touch(queue: QueueName, jobs: readonly LeasedJob<unknown>[]): Promise<ReadonlySet<string>>;
  /** Settles jobs inside a transaction. @returns false when any of them is not held any more: roll back */
  complete(transaction: SqlExecutor, queue: QueueName, jobs: readonly LeasedJob<unknown>[]): Promise<boolean>;
  /** Gives jobs back for another attempt, after a pause. */
  fail(queue: QueueName, jobs: readonly LeasedJob<unknown>[], reason: string): Promise<void>;
  stop(): Promise<void>;
}

export interface JobQueueOptions {
  readonly url: string;
  readonly log: Log;
  /** Name in the queue's registry of instances. */
  readonly name: string;
  /** Whether this process also watches for jobs whose holders died. At least one has to. */
  readonly supervise: boolean;
}

/** Topic of the wake-ups that say that a queue has work. */
export function queueTopic(queue: QueueName): string {
  return `queue.${queue}`;
}

/** Creates the queue's tables and queues where they are missing. Safe in several processes at once. */
export async function createJobQueue({ url, log, name, supervise }: JobQueueOptions): Promise<JobQueue> {
  const boss = new PgBoss({
    ...DRIVER_LIMITS,
    connectionString: url,
    schema: SCHEMA,
    application_name: `opsconductor queue ${name}`,
    instanceName: name,
    max: 4,
    supervise,
    schedule: false,
    superviseIntervalSeconds: 5,
    monitorIntervalSeconds: 5,
    reindex: false,
  });
  boss.on('error', (error) => log.error({ err: error }, 'queue.failed'));
  boss.on('warning', (warning) => log.warn({ warning }, 'queue.warned'));
  await boss.start();
  await declareQueues(boss);
  const declared = new Set<QueueName>(Object.keys(queues) as QueueName[]);
  const declare = async (queue: QueueName): Promise<void> => {
    if (declared.has(queue)) return;
    await boss.createQueue(queue, declarationOf(queue));
    declared.add(queue);
  };
  return {
    declare,
    async send(transaction, queue, jobs, priority = 0, startAt) {
      await declare(queue);
      const db = fromPrisma(transaction);
      await boss.insert(
        queue,
        jobs.map((data) => ({ data, priority, ...(startAt && { startAfter: startAt }) })),
        { db },
      );
    },
    async publish(transaction, events) {
      if (events.length === 0) return;
      const db = fromPrisma(transaction);
      // One statement per queue, however many events. publish() of pg-boss takes two for each.
      for (const queue of eventQueues)
        await boss.insert(
          queue,
          events.map((data) => ({ data })),
          { db },
        );
    },
    fetch: (queue, count) => boss.fetch(queue, { batchSize: count }),
    touch: async (queue, jobs) => new Set(settled(await boss.touch(queue, jobs.map(attempt)))),
    async complete(transaction, queue, jobs) {
      if (jobs.length === 0) return true;
      const done = settled(await boss.complete(queue, jobs.map(attempt), null, { db: fromPrisma(transaction) }));
      return done.length === jobs.length;
    },
    async fail(queue, jobs, reason) {
      await boss.fail(queue, jobs.map(attempt), { reason });
    },
    stop: () => boss.stop({ graceful: false }),
  };
}

async function declareQueues(boss: PgBoss): Promise<void> {
  for (const [name, options] of Object.entries<QueueDeclaration>(queues)) await boss.createQueue(name, options);
}

function attempt({ id, retryCount }: LeasedJob<unknown>) {
  return { id, retryCount };
}

/** `settled` is there at run time and missing from the published types. */
function settled(response: object): string[] {
  const { settled: ids } = response as { settled?: unknown };
  if (!Array.isArray(ids))
    throw new Error('The job queue does not say which jobs it settled: wrong version of pg-boss.');
  return ids as string[];
}
