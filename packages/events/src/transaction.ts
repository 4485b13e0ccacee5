import type { WakeUps, SqlExecutor } from './wakeUps.ts';
import type { NewDomainEvent } from './domainEvent.ts';
import { completeEvent } from './domainEvent.ts';
import { queueTopic } from './jobQueue.ts';
import type { JobQueue } from './jobQueue.ts';
import { eventQueues } from './queues.ts';
import type { QueueName } from './queues.ts';

/** A transaction of a domain: what it changes and what it announces commit together, or neither does. */
export interface Unit<Db> {
  readonly db: Db;
  /** Publishes a domain event. */
  emit(event: NewDomainEvent): void;
  /** Wakes the live readers of a topic. */
  wake(topic: string): void;
  /** Sends jobs; those with `startAt` are given out then. */
  enqueue(queue: QueueName, jobs: readonly object[], priority?: number, startAt?: Date): void;
}

export type Transact<Db> = <Result>(work: (unit: Unit<Db>) => Promise<Result>) => Promise<Result>;

interface TransactionalClient<Db> {
  $transaction<Result>(
    work: (db: Db) => Promise<Result>,
    options?: { maxWait?: number; timeout?: number },
  ): Promise<Result>;
}

/**
 * @param prisma the domain's client; the queue must be in the same database
 * @returns a function that runs a unit of work in one transaction of at most 10 seconds
 */
export function createTransact<Db extends SqlExecutor>(
  prisma: TransactionalClient<Db>,
  queue: JobQueue,
  wakeUps: WakeUps,
  now: () => Date = () => new Date(),
): Transact<Db> {
  return async (work) => {
    const topics = new Set<string>();
    const result = await prisma.$transaction(
      async (db) => {
        const pending = new Pending(db, topics);
        const worked = await work(pending);
        await pending.flush(queue, now());
        if (topics.size > 0) await wakeUps.announceWithin?.(db, [...topics]);
        return worked;
      },
      { maxWait: 10_000, timeout: 10_000 },
    );
    if (!wakeUps.announceWithin && topics.size > 0) await wakeUps.announce([...topics]);
    return result;
  };
}

interface Sending {
  readonly queue: QueueName;
  readonly jobs: readonly object[];
  readonly priority: number | undefined;
  readonly startAt: Date | undefined;
}

class Pending<Db extends SqlExecutor> implements Unit<Db> {
  readonly db: Db;
  readonly #topics: Set<string>;
  readonly #events: NewDomainEvent[] = [];
  readonly #jobs: Sending[] = [];

  constructor(db: Db, topics: Set<string>) {
    this.db = db;
    this.#topics = topics;
  }

  emit(event: NewDomainEvent): void {
    this.#events.push(event);
    for (const queue of eventQueues) this.#topics.add(queueTopic(queue));
  }

  wake(topic: string): void {
    this.#topics.add(topic);
  }

  enqueue(queue: QueueName, jobs: readonly object[], priority?: number, startAt?: Date): void {
    if (jobs.length === 0) return;
    this.#jobs.push({ queue, jobs, priority, startAt });
    if (!startAt) this.#topics.add(queueTopic(queue));
  }

  async flush(queue: JobQueue, now: Date): Promise<void> {
    for (const { queue: name, jobs, priority, startAt } of this.#jobs)
      await queue.send(this.db, name, jobs, priority, startAt);
    await queue.publish(
      this.db,
      this.#events.map((event) => completeEvent(event, now)),
    );
  }
}
