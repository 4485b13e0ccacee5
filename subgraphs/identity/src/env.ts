import { z } from 'zod';
import type { TrustedKey } from '@opsconductor/authz';
import { StartupFault, readEnvironment } from '@opsconductor/process';
import { parseRootKey } from '@opsconductor/vault';
import type { RootKey } from '@opsconductor/vault';

const database = z.url('set it to the PostgreSQL to use: postgresql://user:password@host:5432/database');

const schema = z.object({
  IDENTITY_HOST: z.string().default('127.0.0.1'),
  IDENTITY_PORT: z.coerce.number('is not a port number').int().min(0).max(65_535).default(4001),
  IDENTITY_DATABASE_URL: database.optional(),
  DATABASE_URL: database.optional(),
  REDIS_URL: z.url('is not an address such as redis://redis:6379').optional(),
  TRUSTED_ASSERTION_KEYS: z
    .string('set it to the JSON list of { issuer, jwk } whose assertions are trusted')
    .transform(parseKeys),
  VAULT_ROOT_KEY: z.string('set it to the base64 of 32 random bytes').transform(toRootKey),
  IDENTITY_SETUP_SECRET: z.string().optional(),
  IDENTITY_TOKEN_ISSUER: z.string().default('opsconductor'),
  IDENTITY_TOKEN_AUDIENCE: z.string().default('opsconductor'),
  IDENTITY_ACCESS_TOKEN_SECONDS: z.coerce.number('is not a number of seconds').int().min(60).max(3_600).default(300),
  IDENTITY_SIGNING_KEY_ROTATION_DAYS: z.coerce.number('is not a number of days').int().min(1).max(365).default(90),
  IDENTITY_PASSWORD_HASH_MEMORY_KIB: z.coerce.number('is not a number of KiB').int().max(4_194_304).default(65_536),
  IDENTITY_PASSWORD_HASH_PASSES: z.coerce.number('is not a number').int().max(100).default(3),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info'),
});

export type IdentityEnvironment = z.infer<typeof schema> & { readonly databaseUrl: string };

/** @throws {StartupFault} */
export function readIdentityEnvironment(environment: NodeJS.ProcessEnv): IdentityEnvironment {
  const values = readEnvironment(schema, environment);
  const databaseUrl = values.IDENTITY_DATABASE_URL ?? values.DATABASE_URL;
  if (!databaseUrl) throw new StartupFault('Set DATABASE_URL to the PostgreSQL to use.');
  return { ...values, databaseUrl };
}

function parseKeys(text: string, context: z.RefinementCtx): TrustedKey[] {
  try {
    return JSON.parse(text) as TrustedKey[];
  } catch {
    context.addIssue('is not JSON; it is the list of { issuer, jwk } whose assertions are trusted');
    return z.NEVER;
  }
}

function toRootKey(base64: string, context: z.RefinementCtx): RootKey {
  const key = parseRootKey(base64);
  if (key) return key;
  context.addIssue('is not the base64 of 32 bytes');
  return z.NEVER;
}
