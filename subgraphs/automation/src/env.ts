import type { JWK } from 'jose';
import { z } from 'zod';
import type { TrustedKey } from '@opsconductor/authz';
import { StartupFault, readEnvironment } from '@opsconductor/process';
import { parseNetworks } from './ssh/networks.ts';
import type { Networks } from './ssh/networks.ts';

const json = <Type>(what: string) =>
  z
    .string(`set it to ${what}, or name a file with it in the same variable with _FILE`)
    .transform((text, context): Type => {
      try {
        return JSON.parse(text) as Type;
      } catch {
        context.addIssue(`is not JSON; it is ${what}`);
        return z.NEVER;
      }
    });

const address = z.url('set it to an address such as http://assets:4002');
const database = z.url('set it to the PostgreSQL to use: postgresql://user:password@host:5432/database');

const shared = {
  AUTOMATION_DATABASE_URL: database.optional(),
  DATABASE_URL: database.optional(),
  REDIS_URL: z.url('is not an address such as redis://redis:6379').optional(),
  ASSETS_URL: address,
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info'),
};

const subgraphSchema = z.object({
  ...shared,
  AUTOMATION_HOST: z.string().default('127.0.0.1'),
  AUTOMATION_PORT: z.coerce.number().int().min(0).max(65_535).default(4003),
  TRUSTED_ASSERTION_KEYS: json<TrustedKey[]>('the JSON list of { issuer, jwk } whose assertions are trusted'),
  AUTOMATION_ASSERTION_KEY: json<JWK>('the private JWK with which this subgraph signs'),
});

const executorSchema = z.object({
  ...shared,
  EXECUTOR_ASSERTION_KEY: json<JWK>('the private JWK with which executors sign'),
  EXECUTOR_SHARDS: z.coerce.number().int().min(1).max(1_000).default(64),
  EXECUTOR_CONNECTING: z.coerce.number().int().min(1).max(1_000).default(32),
  EXECUTOR_STOP_GRACE_SECONDS: z.coerce.number().int().min(0).max(3_600).default(5),
  EXECUTOR_HOST: z.string().default('127.0.0.1'),
  EXECUTOR_PORT: z.coerce.number().int().min(0).max(65_535).default(0),
  EXECUTOR_ALLOWED_NETWORKS: z.string().default('').transform(toNetworks),
});

export type AutomationEnvironment = z.infer<typeof subgraphSchema> & { readonly databaseUrl: string };
export type ExecutorEnvironment = z.infer<typeof executorSchema> & { readonly databaseUrl: string };

/** @throws {StartupFault} */
export function readAutomationEnvironment(environment: NodeJS.ProcessEnv): AutomationEnvironment {
  return withDatabaseUrl(readEnvironment(subgraphSchema, environment));
}

/** @throws {StartupFault} */
export function readExecutorEnvironment(environment: NodeJS.ProcessEnv): ExecutorEnvironment {
  return withDatabaseUrl(readEnvironment(executorSchema, environment));
}

function withDatabaseUrl<
  Environment extends { AUTOMATION_DATABASE_URL?: string | undefined; DATABASE_URL?: string | undefined },
>(environment: Environment): Environment & { databaseUrl: string } {
  const databaseUrl = environment.AUTOMATION_DATABASE_URL ?? environment.DATABASE_URL;
  if (!databaseUrl) throw new StartupFault('Set DATABASE_URL to the PostgreSQL to use.');
  return { ...environment, databaseUrl };
}

/** A comma-separated list of CIDR blocks. */
function toNetworks(text: string, context: z.RefinementCtx): Networks {
  try {
    return parseNetworks(
      text
        .split(',')
        .map((block) => block.trim())
        .filter(Boolean),
    );
  } catch {
    context.addIssue('is not a list of networks such as 10.0.0.0/8,127.0.0.0/8');
    return z.NEVER;
  }
}
