import type { Log } from '@opsconductor/telemetry';
import { createPostgresWakeUps } from './postgresWakeUps.ts';
import { createRedisWakeUps } from './redisWakeUps.ts';
import type { WakeUps } from './wakeUps.ts';

/** Wake-ups over Redis where there is one, over the database otherwise. All processes have to choose alike. */
export function connectWakeUps(
  urls: { redisUrl: string | undefined; databaseUrl: string },
  log: Log,
): Promise<WakeUps> {
  return urls.redisUrl
    ? createRedisWakeUps({ url: urls.redisUrl, log })
    : createPostgresWakeUps({ url: urls.databaseUrl, log });
}
