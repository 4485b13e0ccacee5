import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { createLog } from '@opsconductor/telemetry';
import { createTestDatabase, startRedis } from '@opsconductor/testkit';
import { createPostgresWakeUps, packTopics } from './postgresWakeUps.ts';
import { createRedisWakeUps } from './redisWakeUps.ts';
import type { WakeUps } from './wakeUps.ts';

const log = createLog('test', { level: 'silent' });

/** One suite for every transport: whoever uses wake-ups cannot tell them apart. */
describe.each([
  {
    transport: 'PostgreSQL',
    async open() {
      const database = await createTestDatabase();
      return { create: () => createPostgresWakeUps({ url: database.url, log }), close: () => database.drop() };
    },
  },
  {
    transport: 'Redis',
    async open() {
      const redis = await startRedis();
      return { create: () => createRedisWakeUps({ url: redis.url, log }), close: () => redis.stop() };
    },
  },
])('wake-ups over $transport', ({ open }) => {
  let server: Awaited<ReturnType<typeof open>>;
  let here: WakeUps;
  let there: WakeUps;

  beforeAll(async () => {
    server = await open();
    [here, there] = await Promise.all([server.create(), server.create()]);
  });
  afterAll(async () => {
    await Promise.all([here.close(), there.close()]);
    await server.close();
  });

  test('reach listeners in every process', async () => {
    const woken = Promise.all([nextWake(here, 'execution.1'), nextWake(there, 'execution.1')]);
    await there.announce(['execution.1']);
    await woken;
  });

  test('wake every listener of a topic, and none of another', async () => {
    let others = 0;
    const unlisten = there.listen('execution.other', () => (others += 1));
    const before = others;
    const woken = Promise.all([nextWake(there, 'execution.2'), nextWake(there, 'execution.2')]);
    await here.announce(['execution.2']);
    await woken;
    expect(others - before).toBeLessThanOrEqual(1); // the one that makes up for a subscription that took its time
    unlisten();
  });

  test('go on for one listener when another of the same topic has left', async () => {
    const leave = there.listen('execution.3', () => undefined);
    const stays = nextWake(there, 'execution.3');
    leave();
    await here.announce(['execution.3']);
    await stays;
  });

  test('carry more topics than one message holds', async () => {
    const topics = Array.from({ length: 1_000 }, (_, index) => `execution.${'0'.repeat(40)}.${index}`);
    const last = nextWake(there, topics.at(-1) ?? '');
    await here.announce(topics);
    await last;
  });

  test('announcing nothing and announcing to nobody is fine', async () => {
    await here.announce([]);
    await here.announce(['nobody.listens']);
  });
});

test('payloads stay below the limit of NOTIFY and hold every topic once', () => {
  const topics = Array.from({ length: 5_000 }, (_, index) => `execution.${index % 4_000}`);
  const payloads = packTopics(topics);
  expect(Math.max(...payloads.map((payload) => Buffer.byteLength(payload)))).toBeLessThan(8_000);
  expect(payloads.flatMap((payload) => payload.split('\n'))).toEqual([...new Set(topics)]);
});

test('a lost LISTEN connection is opened again and wakes everyone, because something may have been missed', async () => {
  const database = await createTestDatabase();
  const wakeUps = await createPostgresWakeUps({ url: database.url, log });
  const { default: pg } = await import('pg');
  const admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
  const woken = nextWake(wakeUps, 'execution.1');
  await admin.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'opsconductor listen' and datname = current_database()",
  );
  await woken;
  expect(wakeUps.isConnected()).toBe(true);
  await admin.end();
  await wakeUps.close();
  await database.drop();
});

test('a LISTEN connection that is lost again while it is being opened leaves no second one behind', async () => {
  const database = await createTestDatabase();
  const proxy = await startProxy(database.url);
  const wakeUps = await createPostgresWakeUps({ url: proxy.url, log });
  const woken = nextWake(wakeUps, 'execution.1');
  proxy.cutNextAtListen();
  proxy.cutAll();
  await woken;
  // What must not come cannot be awaited: another try would begin 200 ms after the cut.
  await pause(400);
  await wakeUps.close();
  await proxy.whenUnused();
  await database.drop();
});

test('Redis that dies costs a delay: nothing throws, and who listens is woken when it is back', async () => {
  const redis = await startRedis();
  const wakeUps = await createRedisWakeUps({ url: redis.url, log });
  await heard(wakeUps, 'execution.1');
  await redis.kill();
  await wakeUps.announce(['execution.1']);
  const woken = nextWake(wakeUps, 'execution.1');
  await redis.restart();
  await woken;
  await wakeUps.close();
  await redis.stop();
});

/** Stands between a client and PostgreSQL. */
async function startProxy(databaseUrl: string) {
  const upstream = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let isNextCut = false;
  const server = createServer((client) => {
    const database = connect(Number(upstream.port), upstream.hostname);
    for (const socket of [client, database]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
    client.on('data', (bytes) => {
      if (!isNextCut || !bytes.includes('listen opsconductor')) return;
      isNextCut = false;
      client.destroy();
    });
    client.pipe(database).pipe(client);
    client.on('close', () => database.destroy());
    database.on('close', () => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(databaseUrl);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    cutAll: () => sockets.forEach((socket) => socket.destroy()),
    /** The next client is cut off when it wants to LISTEN. */
    cutNextAtListen: () => void (isNextCut = true),
    async whenUnused() {
      server.close();
      await once(server, 'close');
    },
  };
}

function nextWake(wakeUps: WakeUps, topic: string): Promise<void> {
  return new Promise((resolve) => {
    const unlisten = wakeUps.listen(topic, () => {
      unlisten();
      resolve();
    });
  });
}

async function heard(wakeUps: WakeUps, topic: string): Promise<void> {
  const woken = nextWake(wakeUps, topic);
  await wakeUps.announce([topic]);
  await woken;
}
