import { z } from 'zod';
import type { TrustedKey } from '@opsconductor/authz';
import { StartupFault, readEnvironment } from '@opsconductor/process';
import { parseRootKey } from '@opsconductor/vault';
import type { RootKey } from '@opsconductor/vault';

const database = z.url('set it to the PostgreSQL to use: postgresql://user:password@host:5432/database');

const schema = z.object({
  ASSETS_HOST: z.string().default('127.0.0.1'),
  ASSETS_PORT: z.coerce.number().int().min(0).max(65_535).default(4002),
  ASSETS_DATABASE_URL: database.optional(),
  DATABASE_URL: database.optional(),
  REDIS_URL: z.url('is not an address such as redis://redis:6379').optional(),
  TRUSTED_ASSERTION_KEYS: z
    .string('set it to the JSON list of { issuer, jwk } whose assertions are trusted')
    .transform(toTrustedKeys),
  VAULT_ROOT_KEY: z
    .string('set it to the base64 of 32 random bytes, the same for ever: openssl rand -base64 32')
    .transform(toRootKey),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info'),
});

export type AssetsEnvironment = z.infer<typeof schema> & { readonly databaseUrl: string };

/** @throws {StartupFault} */
export function readAssetsEnvironment(environment: NodeJS.ProcessEnv): AssetsEnvironment {
  const read = readEnvironment(schema, environment);
  const databaseUrl = read.ASSETS_DATABASE_URL ?? read.DATABASE_URL;
  if (!databaseUrl) throw new StartupFault('Set DATABASE_URL to the PostgreSQL to use.');
  return { ...read, databaseUrl };
}

const trustedKeys = z.array(z.object({ issuer: z.string(), jwk: z.looseObject({ kty: z.string(), kid: z.string() }) }));

function toTrustedKeys(text: string, context: z.RefinementCtx): readonly TrustedKey[] {
  try {
    return trustedKeys.parse(JSON.parse(text));
  } catch {
    context.addIssue('is not a JSON list of { "issuer": ..., "jwk": { ... } }');
    return z.NEVER;
  }
}

function toRootKey(text: string, context: z.RefinementCtx): RootKey {
  const key = parseRootKey(text);
  if (key) return key;
  context.addIssue('is not the base64 of 32 bytes');
  return z.NEVER;
}
