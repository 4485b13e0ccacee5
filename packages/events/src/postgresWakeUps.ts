import { Client, Pool } from 'pg';
import type { Log } from '@opsconductor/telemetry';
import { TopicListeners } from './topicListeners.ts';
import type { WakeUps } from './wakeUps.ts';

const CHANNEL = 'opsconductor_wakeups';
/** A notification carries less than 8,000 bytes (PostgreSQL, NOTIFY). */
const PAYLOAD_BYTES = 7_900;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;
/** A LISTEN connection that went away without a word is noticed after this. */
const PROBE_MS = 15_000;

/**
 * Wake-ups over LISTEN/NOTIFY. Needs a connection of its own to PostgreSQL itself: behind a pooler in transaction mode
 * LISTEN hears nothing.
 * @throws when the database does not answer
 */
export async function createPostgresWakeUps({ url, log }: { url: string; log: Log }): Promise<WakeUps> {
  const listeners = new TopicListeners((error) => log.error({ err: error }, 'wakeup.listener.failed'));
  const announcer = new Pool({
    connectionString: url,
    max: 1,
    application_name: 'opsconductor wake-ups',
    connectionTimeoutMillis: 5_000,
    query_timeout: 5_000,
    statement_timeout: 5_000,
  });
  announcer.on('error', (error) => log.warn({ err: error }, 'wakeup.announcer.lost'));
  const connection = new ListenConnection(url, listeners, log);
  await connection.open();
  return {
    listen(topic, wake) {
      listeners.add(topic, wake);
      return () => void listeners.remove(topic, wake);
    },
    async announce(topics) {
      try {
        for (const payload of packTopics(topics)) await announcer.query('select pg_notify($1, $2)', [CHANNEL, payload]);
      } catch (error) {
        log.warn({ err: error }, 'wakeup.lost');
      }
    },
    async announceWithin(transaction, topics) {
      for (const payload of packTopics(topics))
        await transaction.$queryRawUnsafe('select pg_notify($1, $2)::text', CHANNEL, payload);
    },
    isConnected: () => connection.isOpen,
    async close() {
      await connection.close();
      await announcer.end();
    },
  };
}

/** Topics, each once, as few payloads as fit. */
export function packTopics(topics: readonly string[]): string[] {
  const payloads: string[] = [];
  let payload = '';
  for (const topic of new Set(topics)) {
    const joined = payload === '' ? topic : `${payload}\n${topic}`;
    if (payload !== '' && Buffer.byteLength(joined) > PAYLOAD_BYTES) {
      payloads.push(payload);
      payload = topic;
    } else payload = joined;
  }
  return payload === '' ? payloads : [...payloads, payload];
}

/** One connection that LISTENs, opened again with growing pauses for as long as it is wanted. */
class ListenConnection {
  readonly #url: string;
  readonly #listeners: TopicListeners;
  readonly #log: Log;
  #client: Client | undefined;
  #retry: NodeJS.Timeout | undefined;
  #probe: NodeJS.Timeout | undefined;
  #closed = false;
  isOpen = false;

  constructor(url: string, listeners: TopicListeners, log: Log) {
    this.#url = url;
    this.#listeners = listeners;
    this.#log = log;
  }

  async open(): Promise<void> {
    const client = new Client({
      connectionString: this.#url,
      application_name: 'opsconductor listen',
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
      query_timeout: 5_000,
    });
    client.on('error', () => this.#reopen(client));
    client.on('end', () => this.#reopen(client));
    client.on('notification', ({ payload }) => {
      for (const topic of payload?.split('\n') ?? []) this.#listeners.wake(topic);
    });
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
      if (this.#closed) throw new Error('closed');
    } catch (error) {
      client.end().catch(() => undefined);
      throw error;
    }
    // Only now: what ends before is the caller's to try again, and what ends from here on is opened again by #reopen.
    this.#client = client;
    this.isOpen = true;
    this.#probe = setInterval(() => void client.query('select 1').catch(() => this.#reopen(client)), PROBE_MS).unref();
    this.#listeners.wakeAll();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.isOpen = false;
    clearTimeout(this.#retry);
    clearInterval(this.#probe);
    await this.#client?.end().catch(() => undefined);
  }

  #reopen(lost: Client): void {
    if (this.#closed || lost !== this.#client) return;
    this.isOpen = false;
    this.#client = undefined;
    clearInterval(this.#probe);
    lost.end().catch(() => undefined);
    this.#log.warn({}, 'wakeup.connection.lost');
    const tryAfter = (pauseMs: number): void => {
      this.#retry = setTimeout(() => {
        this.open().catch(() => {
          if (!this.#closed) tryAfter(Math.min(pauseMs * 2, LAST_RETRY_MS));
        });
      }, pauseMs);
    };
    tryAfter(FIRST_RETRY_MS);
  }
}
