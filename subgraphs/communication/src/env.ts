import { z } from 'zod';
import {
  databaseUrl,
  logLevel,
  port,
  readEnvironment,
  redisUrl,
  requireDatabaseUrl,
  trustedKeys,
} from '@opsconductor/process';

const schema = z.object({
  COMMUNICATION_HOST: z.string().default('127.0.0.1'),
  COMMUNICATION_PORT: port.default(4004),
  COMMUNICATION_DATABASE_URL: databaseUrl,
  DATABASE_URL: databaseUrl,
  REDIS_URL: redisUrl,
  TRUSTED_ASSERTION_KEYS: trustedKeys,
  LOG_LEVEL: logLevel,
});

export type CommunicationEnvironment = z.infer<typeof schema> & { readonly databaseUrl: string };

/** @throws {StartupFault} */
export function readCommunicationEnvironment(environment: NodeJS.ProcessEnv): CommunicationEnvironment {
  const values = readEnvironment(schema, environment);
  return { ...values, databaseUrl: requireDatabaseUrl(values.COMMUNICATION_DATABASE_URL, values.DATABASE_URL) };
}
