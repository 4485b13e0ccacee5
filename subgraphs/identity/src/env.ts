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
  IDENTITY_HOST: z.string().default('127.0.0.1'),
  IDENTITY_PORT: port.default(4001),
  IDENTITY_DATABASE_URL: databaseUrl,
  DATABASE_URL: databaseUrl,
  REDIS_URL: redisUrl,
  TRUSTED_ASSERTION_KEYS: trustedKeys,
  VAULT_ROOT_KEY: z.string('set it to the base64 of 32 random bytes').transform(toRootKey),
  IDENTITY_SETUP_SECRET: z.string().optional(),
  IDENTITY_TOKEN_ISSUER: z.string().default('opsconductor'),
  IDENTITY_TOKEN_AUDIENCE: z.string().default('opsconductor'),
  IDENTITY_ACCESS_TOKEN_SECONDS: z.coerce.number('is not a number of seconds').int().min(60).max(3_600).default(300),
  IDENTITY_SESSION_IDLE_HOURS: z.coerce.number('is not a number of hours').min(1).max(8_760).default(168),
  IDENTITY_SESSION_LONGEST_HOURS: z.coerce.number('is not a number of hours').min(1).max(8_760).default(720),
  IDENTITY_API_KEY_ENVIRONMENT: z
    .string()
    .regex(/^[a-z0-9]{1,20}$/, 'has 1 to 20 lower case letters and digits')
    .default('prod'),
  IDENTITY_SIGNING_KEY_ROTATION_DAYS: z.coerce.number('is not a number of days').int().min(1).max(365).default(90),
  IDENTITY_PASSWORD_HASH_MEMORY_KIB: z.coerce.number('is not a number of KiB').int().max(4_194_304).default(65_536),
  IDENTITY_PASSWORD_HASH_PASSES: z.coerce.number('is not a number').int().max(100).default(3),
  LOG_LEVEL: logLevel,
});

export type IdentityEnvironment = z.infer<typeof schema> & { readonly databaseUrl: string };

/** @throws {StartupFault} */
export function readIdentityEnvironment(environment: NodeJS.ProcessEnv): IdentityEnvironment {
  const values = readEnvironment(schema, environment);
  return { ...values, databaseUrl: requireDatabaseUrl(values.IDENTITY_DATABASE_URL, values.DATABASE_URL) };
}

function toRootKey(base64: string, context: z.RefinementCtx): RootKey {
  const key = parseRootKey(base64);
  if (key) return key;
  context.addIssue('is not the base64 of 32 bytes');
  return z.NEVER;
}
