import { RedisPubSub } from 'graphql-redis-subscriptions';
import { Redis } from 'ioredis';
import type { RedisOptions } from 'ioredis';
import type { Log } from '@opsconductor/telemetry';
import { TopicListeners } from './topicListeners.ts';
import type { WakeUps } from './wakeUps.ts';

const PREFIX = 'opsconductor:wakeup:';
const OPTIONS: RedisOptions = {
  connectTimeout: 5_000,
  commandTimeout: 5_000,
  keepAlive: 15_000,
  retryStrategy: (attempt) => Math.min(attempt * 100, 5_000),
};

/**
 * Wake-ups over Redis pub/sub, through graphql-redis-subscriptions. Redis holds nothing of worth: it can be flushed or
 * killed at any moment.
 * @throws when Redis does not answer at the start
 */
export async function createRedisWakeUps({ url, log }: { url: string; log: Log }): Promise<WakeUps> {
  // The publisher fails at once while Redis is away: a wake-up that waits is of no use to anyone.
  const publisher = new Redis(url, {
    ...OPTIONS,
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
  });
  // The subscriber has no command time-out: its subscriptions wait until Redis is back.
  const { commandTimeout: _none, ...patient } = OPTIONS;
  const subscriber = new Redis(url, { ...patient, lazyConnect: true, maxRetriesPerRequest: null });
  forgiveUnsubscribe(subscriber);
  for (const client of [publisher, subscriber])
    client.on('error', (error: Error) => log.warn({ reason: error.message }, 'wakeup.connection.lost'));
  try {
    await Promise.all([publisher.connect(), subscriber.connect()]);
  } catch (error) {
    publisher.disconnect();
    subscriber.disconnect();
    throw new Error('REDIS_URL names a Redis that does not answer.', { cause: error });
  }
  const topics = new RedisTopics(new RedisPubSub({ publisher, subscriber }), log);
  subscriber.on('ready', () => topics.listeners.wakeAll());
  return {
    listen: (topic, wake) => topics.listen(topic, wake),
    announce: (announced) => topics.announce(announced),
    isConnected: () => subscriber.status === 'ready',
    async close() {
      for (const client of [publisher, subscriber]) {
        // What is on its way is answered first, where there is anyone to answer.
        if (client.status === 'ready') await client.quit().catch(() => undefined);
        client.disconnect();
      }
    },
  };
}

/**
 * graphql-redis-subscriptions drops the promises of these two: while Redis is away their rejections would end the
 * process. A connection that is gone has no subscriptions, and a new one gets those that are wanted then.
 */
function forgiveUnsubscribe(subscriber: Redis): void {
  for (const command of ['unsubscribe', 'punsubscribe'] as const) {
    const send = subscriber[command].bind(subscriber) as (...channels: string[]) => Promise<unknown>;
    subscriber[command] = ((...channels: string[]) => send(...channels).catch(() => 0)) as never;
  }
}

/** One Redis subscription per topic that has listeners in this process. */
class RedisTopics {
  readonly listeners: TopicListeners;
  readonly #pubSub: RedisPubSub;
  readonly #log: Log;
  readonly #subscriptions = new Map<string, Promise<number | undefined>>();

  constructor(pubSub: RedisPubSub, log: Log) {
    this.#pubSub = pubSub;
    this.#log = log;
    this.listeners = new TopicListeners((error) => log.error({ err: error }, 'wakeup.listener.failed'));
  }

  listen(topic: string, wake: () => void): () => void {
    if (this.listeners.add(topic, wake)) this.#subscriptions.set(topic, this.#subscribe(topic));
    return () => {
      if (!this.listeners.remove(topic, wake)) return;
      const subscription = this.#subscriptions.get(topic);
      this.#subscriptions.delete(topic);
      void subscription?.then((id) => id !== undefined && this.#pubSub.unsubscribe(id));
    };
  }

  async announce(topics: readonly string[]): Promise<void> {
    const handed = await Promise.allSettled(
      [...new Set(topics)].map((topic) => this.#pubSub.publish(PREFIX + topic, '')),
    );
    const lost = handed.filter(({ status }) => status === 'rejected').length;
    if (lost > 0) this.#log.warn({ lost }, 'wakeup.lost');
  }

  async #subscribe(topic: string): Promise<number | undefined> {
    try {
      const id = await this.#pubSub.subscribe(PREFIX + topic, () => this.listeners.wake(topic));
      // What was announced between listen() and now was not heard.
      this.listeners.wake(topic);
      return id;
    } catch (error) {
      this.#log.warn({ err: error, topic }, 'wakeup.subscription.failed');
      return undefined;
    }
  }
}
