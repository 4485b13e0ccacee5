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
import { parseRootKey } from '@opsconductor/vault';
import type { RootKey } from '@opsconductor/vault';

const schema = z.object({
  ASSETS_HOST: z.string().default('127.0.0.1'),
  ASSETS_PORT: port.default(4002),
  ASSETS_DATABASE_URL: databaseUrl,
  DATABASE_URL: databaseUrl,
  REDIS_URL: redisUrl,
  TRUSTED_ASSERTION_KEYS: trustedKeys,
  VAULT_ROOT_KEY: z
    .string('set it to the base64 of 32 random bytes, the same for ever: openssl rand -base64 32')
    .transform(toRootKey),
  LOG_LEVEL: logLevel,
});

export type AssetsEnvironment = z.infer<typeof schema> & { readonly databaseUrl: string };

/** @throws {StartupFault} */
export function readAssetsEnvironment(environment: NodeJS.ProcessEnv): AssetsEnvironment {
  const read = readEnvironment(schema, environment);
  return { ...read, databaseUrl: requireDatabaseUrl(read.ASSETS_DATABASE_URL, read.DATABASE_URL) };
}

function toRootKey(text: string, context: z.RefinementCtx): RootKey {
  const key = parseRootKey(text);
  if (key) return key;
  context.addIssue('is not the base64 of 32 bytes');
  return z.NEVER;
}
