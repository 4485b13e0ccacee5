/** Live queries over a real Redis that is killed, flushed and comes back empty: delay, never loss. */
import { Redis } from 'ioredis';
import { createRedisWakeUps } from '@opsconductor/events';
import { createLog } from '@opsconductor/telemetry';
import { startRedis } from '@opsconductor/testkit';
import { openInitialised } from '../testing/rawSocket.ts';
import { startWorld } from '../testing/world.ts';

const log = createLog('test', { level: 'silent' });
const feed = 'subscription { jobEvents(jobId: "j1", first: 50) { nodes { sequence } } }';

test('a feed delivers every event once and in order while Redis is killed, flushed and started again', async () => {
  const redis = await startRedis();
  const [here, elsewhere] = await Promise.all([
    createRedisWakeUps({ url: redis.url, log }),
    createRedisWakeUps({ url: redis.url, log }),
  ]);
  const world = await startWorld({ transport: here, settings: { live: { backstopSeconds: 2 } } });
  world.jobs.add('j1');
  const client = await openInitialised(world.url, await world.token());
  client.send({ id: '1', type: 'subscribe', payload: { query: feed } });
  const received: number[] = [];
  const take = async (until: number): Promise<void> => {
    while (received.length < until) {
      const { payload } = await client.next();
      received.push(...payload.data.jobEvents.nodes.map(({ sequence }: { sequence: number }) => sequence));
    }
  };
  const record = async (): Promise<void> => {
    world.jobs.record('j1', 'x');
    await elsewhere.announce(['job.j1.events']);
  };
  await record();
  await take(1);
  await redis.kill();
  for (let event = 0; event < 5; event += 1) await record();
  await take(6);
  await redis.restart();
  for (let event = 0; event < 5; event += 1) await record();
  await take(11);
  const admin = new Redis(redis.url);
  await admin.flushall();
  await admin.client('KILL', 'TYPE', 'pubsub');
  await admin.quit();
  for (let event = 0; event < 5; event += 1) await record();
  await take(16);
  expect(received).toEqual(Array.from({ length: 16 }, (_, index) => index + 1));
  client.socket.close();
  await world[Symbol.asyncDispose]();
  await Promise.all([here.close(), elsewhere.close()]);
  await redis.stop();
}, 30_000);
