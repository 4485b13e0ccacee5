import { z } from 'zod';
import type { TrustedKey } from '@opsconductor/authz';
import { StartupFault, readEnvironment } from '@opsconductor/process';

const database = z.url('set it to the PostgreSQL to use: postgresql://user:password@host:5432/database');

const schema = z.object({
  COMMUNICATION_HOST: z.string().default('127.0.0.1'),
  COMMUNICATION_PORT: z.coerce.number('is not a port number').int().min(0).max(65_535).default(4004),
  COMMUNICATION_DATABASE_URL: database.optional(),
  DATABASE_URL: database.optional(),
  REDIS_URL: z.url('is not an address such as redis://redis:6379').optional(),
  TRUSTED_ASSERTION_KEYS: z
    .string('set it to the JSON list of { issuer, jwk } whose assertions are trusted')
    .transform(parseKeys),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info'),
});

export type CommunicationEnvironment = z.infer<typeof schema> & { readonly databaseUrl: string };

/** @throws {StartupFault} */
export function readCommunicationEnvironment(environment: NodeJS.ProcessEnv): CommunicationEnvironment {
  const values = readEnvironment(schema, environment);
  const databaseUrl = values.COMMUNICATION_DATABASE_URL ?? values.DATABASE_URL;
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
